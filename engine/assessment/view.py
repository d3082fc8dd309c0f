"""What an attack sees: records of the source and of the target as columns of numbers and codes, in one spelling for all sides."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import numpy.typing as npt
import pyarrow as pa

from connectors.names import TableName

Values = npt.NDArray[np.float64] | npt.NDArray[np.int32]
Places = npt.NDArray[np.int64]
NOBODY = -1


def present(values: Values) -> npt.NDArray[np.bool_]:
    """Where there is a value."""
    found: npt.NDArray[np.bool_] = ~np.isnan(values) if values.dtype.kind == "f" else values >= 0
    return found


class FeatureKind(StrEnum):
    CATEGORY = "category"
    """int32 codes into `Feature.labels`; -1 where there is no value."""
    NUMBER = "number"
    """float64; NaN where there is no value."""
    TIME = "time"
    """float64: days since 1970-01-01, with their fractions; NaN where there is no value."""


class Carries(StrEnum):
    """What a target's column has of the source's."""

    KEPT = "kept"
    """The values themselves."""
    ALTERED = "altered"
    """Values near them or of the same domain: noise, shifts, bands, shuffles."""
    REPLACED = "replaced"
    """Made-up ones: names, addresses, pseudonyms. No attack compares them, no quality is asked of them."""
    LEARNED = "learned"
    """Values of a model."""
    SHAPE = "shape"
    """How many rows of another table there are, and when: no column of its own."""


@dataclass(frozen=True, slots=True, eq=False)
class Feature:
    name: str
    """`Country`; of an entity's other tables `Invoice.Total sum`, `Invoice count`."""
    kind: FeatureKind
    carries: Carries
    table: TableName
    column: str | None = None
    """None: it is a figure of rows, not of one column."""
    made: str = ""
    """How it is made of several rows: `count`, `sum`, `mean`, `first`, `last`, `distinct`, `rarest`...; empty: the record's own."""
    labels: pa.Array | None = None
    """The values that codes stand for, as text, of all sides together. Cell values: they go into no message and no result."""

    @property
    def own(self) -> bool:
        return not self.made


@dataclass(frozen=True, slots=True, eq=False)
class Frame:
    """Records of one side."""

    columns: tuple[Values, ...]
    """One for each of `View.features`."""
    rows: int

    def take(self, places: npt.NDArray[np.int64] | npt.NDArray[np.bool_]) -> Frame:
        """These records (their places, or a mask)."""
        taken = tuple(column[places] for column in self.columns)
        return Frame(taken, int(np.count_nonzero(places)) if places.dtype == np.bool_ else len(places))

    def __repr__(self) -> str:
        return f"Frame({self.rows} rows)"


class Made(StrEnum):
    """What the target's records are."""

    MASKED = "masked"
    """Each is one of the source's."""
    SYNTHETIC = "synthetic"
    """Nobody's."""
    COPIED = "copied"
    """The source's, as they were."""


@dataclass(frozen=True, slots=True, eq=False)
class View:
    """One table's rows, or entities with all that they own as one record each."""

    scope: str
    table: TableName
    """The table, or the entity's root."""
    made: Made
    features: tuple[Feature, ...]
    known: Frame
    """Source records that the target was made of: masked into it, or learned from."""
    target: Frame
    """In the order in which the target gives them."""
    control: Frame | None = None
    """Source records that had no part in it: held out, or outside the subset. None: there are none."""
    match: Places | None = None
    """For each known record its place in `target`, NOBODY where it is not there; None where records are nobody's, or it is unknown."""
    of_known: int = 0
    """Known records there are in all, of which `known` is a random sample."""
    of_target: int = 0
    quasi: tuple[int, ...] = ()
    """Features by which people are recognised: named by the plan, or proposed."""
    sensitive: tuple[int, ...] = ()
    entity: bool = False

    @property
    def frames(self) -> tuple[Frame, ...]:
        """Known, target and, where there is one, control."""
        return (self.known, self.target) if self.control is None else (self.known, self.target, self.control)

    @property
    def compared(self) -> tuple[int, ...]:
        """Places of the features whose values the target has of the source, as they were, near them or learned."""
        return tuple(at for at, feature in enumerate(self.features) if feature.carries is not Carries.REPLACED)

    def place(self, name: str) -> int:
        """Where the feature of this name stands. Raises KeyError."""
        for place, feature in enumerate(self.features):
            if feature.name == name:
                return place
        raise KeyError(name)
