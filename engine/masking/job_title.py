"""Job titles by other job titles."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from engine.masking import lists
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.choose import by_distinct, canonical, choose, expected_among, like


class JobTitle(Masker):
    """Another job title, in English.

    It does not hide how often a title occurs: a title that one person bears is still borne by one. Distinct titles may become one.
    """

    name = "job_title"
    title = "Job title"
    domain = "job_title"
    properties = Properties(overlap="list")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        return expected_among(distinct_source, distinct_target, len(lists.load("job")))

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        key, limit = context.key, context.subject.column.length
        return by_distinct(values, lambda jobs: like(jobs, choose(lists.load("job"), key.cmac(canonical(jobs)), limit)))
