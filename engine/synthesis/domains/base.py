"""What a domain is: the codes that a column's values become, and the values that codes become."""

from __future__ import annotations

from abc import ABC, abstractmethod
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pyarrow as pa
from pydantic import BaseModel, ConfigDict

from engine.synthesis.forest import Codes

Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Part:
    """One column of codes. Most domains have one, without a suffix."""

    size: int
    ordered: bool = False
    suffix: str = ""


class Domain(BaseModel, ABC):
    """Facts that are public or paid for, and nothing else. NULL, where there may be one, is the last code of each part."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    nullable: bool = False

    @property
    @abstractmethod
    def parts(self) -> tuple[Part, ...]: ...

    @abstractmethod
    def encode(self, values: pa.Array) -> Codes:
        """(rows, parts). What the domain does not know becomes OTHER or the nearest code: no value is an error."""

    @abstractmethod
    def decode(self, codes: Codes, rng: np.random.Generator) -> pa.Array:
        """Values of the column's carrier, drawn within each code."""


def column_of(codes: npt.NDArray[np.int_] | Codes) -> Codes:
    """Codes of a domain of one part."""
    return codes.astype(np.int32).reshape(-1, 1)


def nulls_of(values: pa.Array) -> Flags:
    found: Flags = values.is_null().to_numpy(zero_copy_only=False)
    return found


def flat(values: pa.Array | pa.ChunkedArray) -> pa.Array:
    """One array, whatever the number of chunks."""
    if not isinstance(values, pa.ChunkedArray):
        return values
    return values.chunk(0) if values.num_chunks == 1 else pa.concat_arrays(values.chunks or [pa.array([], values.type)])
