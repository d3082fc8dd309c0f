"""Days since 1970 as year, month and day, and back."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

Int64s = npt.NDArray[np.int64]


def civil(days: Int64s) -> tuple[Int64s, Int64s, Int64s]:
    """Year, month and day of the month."""
    months = days.astype("datetime64[D]").astype("datetime64[M]")
    number = months.astype(np.int64)
    return number // 12 + 1970, number % 12 + 1, (days - months.astype("datetime64[D]").astype(np.int64)) + 1


def first_of_month(years: Int64s, months: Int64s) -> Int64s:
    number = ((years - 1970) * 12 + months - 1).astype("datetime64[M]")
    return number.astype("datetime64[D]").astype(np.int64)


def month_length(years: Int64s, months: Int64s) -> Int64s:
    return first_of_month(years + months // 12, months % 12 + 1) - first_of_month(years, months)
