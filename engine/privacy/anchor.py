"""What the vault knows of a population's ledgers, beside the masking key: where each ends, and what is spent.

A ledger lies in the catalog of one workspace. Its anchor lies in the vault and goes wherever a key is exported to, so a new catalog,
another workspace with the same key, a rotated or a destroyed key begin with what is spent already. Held against its anchor, a ledger
that was shortened, changed or replaced by an older copy is found.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from typing import TYPE_CHECKING, Any

from engine.privacy.events import Event, GaussianQuery, LaplaceQuery, SampledSteps, Unprotected

if TYPE_CHECKING:
    # The catalog brings SQLAlchemy, and a key store needs none.
    from engine.catalog.chain import Entry

_EVENTS: dict[str, type[Event]] = {
    kind.__name__: kind for kind in (GaussianQuery, LaplaceQuery, SampledSteps, Unprotected)
}


class LedgerFault(Exception):
    """A ledger is not as this program wrote it; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """One ledger, as the vault knows it."""

    ordinal: int
    """Of its last entry."""
    digest: str
    events: tuple[Event, ...]
    """What they cost together; blocks of equal steps are one."""
    cap: float | None
    """As its last release was planned; None: without one."""
    delta: float


Anchors = Mapping[str, Anchor]
"""Of one population: the digest of a ledger's first entry, which no other ledger has -> its anchor."""


def advanced(anchor: Anchor | None, entry: Entry, event: Event, cap: float | None, delta: float) -> Anchor:
    """The anchor after one more entry."""
    before = anchor.events if anchor is not None else ()
    return Anchor(entry.ordinal, entry.digest, joined((*before, event)), cap, delta)


def joined(events: Iterable[Event]) -> tuple[Event, ...]:
    """The same cost in fewer events: blocks of equal steps are one."""
    blocks: dict[SampledSteps, int] = {}
    others: list[Event] = []
    for event in events:
        if isinstance(event, SampledSteps):
            alike = replace(event, steps=0)
            blocks[alike] = blocks.get(alike, 0) + event.steps
        else:
            others.append(event)
    return (*others, *(replace(alike, steps=steps) for alike, steps in blocks.items()))


def fault_of(anchor: Anchor | None, entries: Sequence[Entry]) -> str | None:
    """How a whole chain and its anchor disagree; None where they do not.

    A process killed between the two leaves the ledger one entry ahead. That entry counts, and the next one takes it in.
    """
    known = anchor.ordinal if anchor is not None else 0
    if len(entries) < known:
        ends = f"it ends at entry {len(entries)}, and its anchor in the vault knows {known}"
        return f"{ends}: entries were removed, or it is an older copy"
    if len(entries) > known + 1:
        return f"its anchor in the vault ends at entry {known} of {len(entries)}: the vault is an older copy, or another one"
    if anchor is not None and entries[known - 1].digest != anchor.digest:
        return f"entry {known} is not the one that its anchor in the vault knows: the ledger was replaced"
    return None


def united(ours: Anchors, theirs: Anchors) -> dict[str, Anchor]:
    """What two vaults know together: of each ledger the longer one."""
    both = [*ours.items(), *theirs.items()]
    best: dict[str, Anchor] = {}
    for ledger, anchor in both:
        if ledger not in best or anchor.ordinal > best[ledger].ordinal:
            best[ledger] = anchor
    return best


def anchors_data(anchors: Anchors) -> dict[str, Any]:
    """As JSON holds it."""
    return {
        ledger: {
            "ordinal": anchor.ordinal,
            "digest": anchor.digest,
            "events": [event_data(event) for event in anchor.events],
            "cap": anchor.cap,
            "delta": anchor.delta,
        }
        for ledger, anchor in anchors.items()
    }


def anchors_of(data: Mapping[str, Any]) -> dict[str, Anchor]:
    """The inverse of `anchors_data`."""
    return {
        ledger: Anchor(
            each["ordinal"], each["digest"], tuple(map(event_of, each["events"])), each["cap"], each["delta"]
        )
        for ledger, each in data.items()
    }


def event_data(event: Event) -> dict[str, Any]:
    return {"kind": type(event).__name__, **asdict(event)}


def event_of(data: Mapping[str, Any]) -> Event:
    """The inverse of `event_data`."""
    return _EVENTS[data["kind"]](**{name: value for name, value in data.items() if name != "kind"})
