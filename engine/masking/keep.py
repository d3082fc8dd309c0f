"""Values as they are."""

from __future__ import annotations

from typing import ClassVar

import pyarrow as pa

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties


class Keep(Masker):
    """Every value stays as it is: nothing is protected, and the plan says why that is right."""

    name = "keep"
    title = "Keep as it is"
    properties = Properties(
        bijective=True,
        keeps_length=True,
        keeps_format=True,
        keeps_order=True,
        keeps_checksum=True,
        keyed=False,
        overlap="kept",
    )
    kinds = frozenset(Kind)
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({},)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return values
