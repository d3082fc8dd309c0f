"""Pictures in binary columns."""

from __future__ import annotations

from collections.abc import Iterator

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import Detector
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.likelihood import ratio
from engine.profiling.percent import percent
from engine.profiling.taxonomy import BLOBS

MAGIC = (
    b"\xff\xd8\xff",
    b"\x89PNG\r\n",
    b"GIF8",
    b"BM",
    b"II*\x00",
    b"MM\x00*",
    b"\x15\x1c",
    b"\x00\x00\x01\x00",
    b"RIFF",
)
"""JPEG, PNG, GIF, BMP, TIFF, an OLE object of Access, ICO, WebP: how such files begin."""
LOOKED = 50
"""Values, each of which can be long."""


class Photo(Detector):
    """Values that begin as files of pictures do. Whether people are on them, other evidence says."""

    name = "photo"
    title = "Picture"
    entities = ("photo",)
    kinds = BLOBS

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        if facts.sample is None or not len(facts.sample.values):
            return
        values = facts.sample.values.drop_null().slice(0, LOOKED).cast(pa.large_binary())
        if not len(values):
            return
        found = sum(value.startswith(MAGIC) for value in pc.binary_slice(values, 0, 8).to_pylist())
        words = f"{percent(found / len(values))} of {len(values)} values begin like pictures"
        weight = ratio(found, len(values), 0.8, 0.1, 0.9)
        yield Clue(self.name, "photo", "values", weight, words, found / len(values))
