"""What was ever done to a population, written down before it is done, and refused beyond its cap.

A ledger is one chain of the catalog, append-only and hash-chained; its anchor lies in the vault (`engine.privacy.anchor`). Sampling a
stored model adds nothing. Another training always does, whether the first one ended well or not.
"""

from __future__ import annotations

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from hashlib import sha256
from typing import Any, Protocol

from engine.catalog.chain import Entry
from engine.catalog.store import Catalog
from engine.keystore import KeyStore
from engine.privacy.accountant import epsilon_of, gaussian_of
from engine.privacy.anchor import Anchors, LedgerFault, advanced, event_data, event_of, fault_of, joined
from engine.privacy.budget import Budget
from engine.privacy.budget import OverBudget as OverBudget
from engine.privacy.events import Event, Unprotected
from engine.privacy.release import Release, finite

CHAIN = "budget/"
"""What the names of the chains of ledgers begin with."""
_LONGEST = 150
_ROUNDING = 1e-6
_UNKNOWN_SHAPE = 1.02
"""A release that is only planned is priced as one Gaussian query with a threshold. Beside another release, trainings of 50 and 2,000
steps at epsilon 0.2 to 8 came to 0.7 % more at most. Where one comes to more than this, `append` refuses late: the cap holds."""


class Ledger(Protocol):
    """Where events of one release of one population are written down for good."""

    def append(self, event: Event) -> None:
        """Write an event down before it happens. Raises OverBudget where the population's cap would be passed; nothing is written
        then."""

    def events(self) -> tuple[Event, ...]:
        """Everything that was ever done to the population, equal blocks of steps together."""

    def released(self) -> tuple[Event, ...]:
        """What this release has done of it."""

    def spent(self, delta: float) -> float:
        """The epsilon of everything at this delta, rounded up; infinite where there is none."""

    def check(self, budget: Budget) -> None:
        """Raise OverBudget where the cap does not leave such a release. Writes nothing."""


class MemoryLedger:
    """A ledger that ends with its process: for tests, and for what is tried without data of anybody."""

    def __init__(self, cap: float = math.inf, delta: float = 1e-6, events: Sequence[Event] = ()) -> None:
        self._before = tuple(events)
        self._events: list[Event] = []
        self._cap, self._delta = cap, delta

    def append(self, event: Event) -> None:
        _within(self._cap, (*self.events(), event), self._delta, "of this ledger")
        self._events.append(event)

    def events(self) -> tuple[Event, ...]:
        return joined((*self._before, *self._events))

    def released(self) -> tuple[Event, ...]:
        return joined(self._events)

    def spent(self, delta: float) -> float:
        return epsilon_of(self.events(), delta)

    def check(self, budget: Budget) -> None:
        _affordable(self._before, budget, self._cap, "of this ledger")


class PopulationLedger:
    """An open ledger of one release. Every call reads it anew: two processes know of each other's spending."""

    def __init__(self, catalog: Catalog, keystore: KeyStore, release: Release) -> None:
        self._catalog, self._keystore, self._release = catalog, keystore, release
        self._chain = chain_of(release.population)

    def __repr__(self) -> str:
        return f"PopulationLedger({self._release.population!r})"

    def append(self, event: Event) -> None:
        """Raises OverBudget, LedgerFault; then nothing is written. Else it is in the catalog, and in the vault."""
        release = self._release

        def change(anchors: Anchors) -> tuple[Anchors, None]:
            entries = self._entries(anchors)
            if release.planned.promises:
                known = (*self._known(anchors, entries), event)
                _within(release.most, known, release.planned.delta, repr(release.population))
            entry = self._catalog.append(self._chain, self._payload(entries, event))
            return _anchored(anchors, [*entries, entry], finite(release.most), release.planned.delta), None

        self._keystore.anchored(release.population, change)

    def events(self) -> tuple[Event, ...]:
        return joined(self._known(*self._read()))

    def released(self) -> tuple[Event, ...]:
        _, entries = self._read()
        return joined(_event(entry) for entry in entries if _content(entry)["release"] == self._release.id)

    def spent(self, delta: float) -> float:
        return epsilon_of(self.events(), delta)

    def check(self, budget: Budget) -> None:
        """Raises OverBudget, also where the same people were learned from under another population's name; LedgerFault."""
        self._refuse_another_name()
        anchors, entries = self._read()
        others = [entry for entry in entries if _content(entry)["release"] != self._release.id]
        _affordable(self._known(anchors, entries, others), budget, self._release.most, repr(self._release.population))

    def _refuse_another_name(self) -> None:
        release = self._release
        if release.apart is not None or not release.source:
            return
        for chain in self._catalog.chain_names(CHAIN):
            for entry in self._catalog.entries(chain) if chain != self._chain else ():
                content = _content(entry)
                if _same_people(content.get("record", {}), release):
                    raise OverBudget(
                        f"rows of {release.unit.table} in this database were learned from before as population "
                        f'{content["population"]!r}: write that name in [privacy], or apart = "WHO" where somebody answers for it '
                        "that these are other people"
                    )

    def _read(self) -> tuple[Anchors, list[Entry]]:
        anchors = self._keystore.populations().get(self._release.population, {})
        return anchors, self._entries(anchors)

    def _entries(self, anchors: Anchors) -> list[Entry]:
        entries = self._catalog.entries(self._chain)
        reason = fault(self._catalog, self._chain, entries, anchors)
        if reason is not None:
            raise LedgerFault(
                f"the budget ledger of population {self._release.population!r} is not as it was written: {reason}. "
                "Put back the catalog and the vault of one and the same moment"
            )
        return entries

    def _known(
        self, anchors: Anchors, entries: Sequence[Entry], counted: Sequence[Entry] | None = None
    ) -> tuple[Event, ...]:
        """Everything done: by this ledger's (counted) entries, and by ledgers elsewhere as their anchors say."""
        own = [
            (_content(entry)["release"] == self._release.id, _event(entry))
            for entry in (entries if counted is None else counted)
        ]
        elsewhere = [(False, event) for event in _elsewhere(anchors, entries)]
        gone = self._release.discarded is not None
        return tuple(
            event for here, event in (*own, *elsewhere) if here or not (gone and isinstance(event, Unprotected))
        )

    def _payload(self, entries: Sequence[Entry], event: Event) -> dict[str, Any]:
        release = self._release
        payload = {"population": release.population, "release": release.id, "event": event_data(event)}
        begun = any(_content(entry)["release"] == release.id for entry in entries)
        return payload if begun else payload | {"record": release.record()}


def open_ledger(catalog: Catalog, keystore: KeyStore, release: Release) -> PopulationLedger:
    """The ledger of a release's population, held against its anchor. Raises LedgerFault."""
    ledger = PopulationLedger(catalog, keystore, release)
    ledger.events()
    return ledger


def chain_of(population: str) -> str:
    """The chain's name in the catalog."""
    return CHAIN + (population if len(population) <= _LONGEST else sha256(population.encode()).hexdigest())


def fault(catalog: Catalog, chain: str, entries: Sequence[Entry], anchors: Anchors) -> str | None:
    """What is wrong with a ledger, in words; None where it is whole and reaches as far as its anchor knows."""
    broken = catalog.verify_chain(chain)
    if broken is not None:
        return broken.reason
    return fault_of(anchors.get(identity(entries)), entries) if entries else None


def known_events(entries: Sequence[Entry], anchors: Anchors) -> tuple[Event, ...]:
    """Everything that was done to a population, here and elsewhere."""
    return joined((*map(_event, entries), *_elsewhere(anchors, entries)))


def _same_people(record: Mapping[str, Any], release: Release) -> bool:
    unit = record.get("unit", {}).get("table")
    return record.get("source") == release.source and unit == str(release.unit.table)


def _elsewhere(anchors: Anchors, entries: Sequence[Entry]) -> Iterable[Event]:
    own = identity(entries) if entries else None
    return (event for ledger, anchor in anchors.items() if ledger != own for event in anchor.events)


def _anchored(anchors: Anchors, entries: Sequence[Entry], cap: float | None, delta: float) -> Anchors:
    """The anchors after the last entry, and after one before it that a killed process did not anchor."""
    own = identity(entries)
    known = {**anchors}
    for entry in entries[known[own].ordinal if own in known else 0 :]:
        known[own] = advanced(known.get(own), entry, _event(entry), cap, delta)
    return known


def identity(entries: Sequence[Entry]) -> str:
    """What tells a ledger from every other."""
    return entries[0].digest[:32]


def _content(entry: Entry) -> Mapping[str, Any]:
    payload: Mapping[str, Any] = json.loads(entry.payload)
    return payload


def _event(entry: Entry) -> Event:
    return event_of(_content(entry)["event"])


def _within(cap: float, events: Sequence[Event], delta: float, whose: str) -> None:
    if math.isinf(cap):
        return
    total = epsilon_of(events, delta)
    if total > cap * (1 + _ROUNDING):
        raise OverBudget(_over(whose, f"would come to {_said(total)}", cap))


def _affordable(before: Sequence[Event], budget: Budget, cap: float, whose: str) -> None:
    if not budget.promises:
        return
    spent = epsilon_of(before, budget.delta)
    if not math.isfinite(spent):
        raise OverBudget(
            f"the population {whose} was learned from without differential privacy before, so no guarantee is left to give: where "
            'what was learned is destroyed and has reached nobody, say so by discarded = "WHO" in [privacy]'
        )
    total = _UNKNOWN_SHAPE * epsilon_of([*before, gaussian_of(budget)], budget.delta) if spent else budget.epsilon
    if total > cap * (1 + _ROUNDING):
        more = f"has spent epsilon {spent:g}, and {budget.epsilon:g} more would come to {_said(total)}"
        raise OverBudget(_over(whose, more, cap, total))


def _over(whose: str, what: str, cap: float, wanted: float | None = None) -> str:
    enough = "" if wanted is None or math.isinf(wanted) else f" to {math.ceil(wanted * 10) / 10:g} at least"
    return (
        f"the population {whose} {what}, over its cap of {cap:g}: sample a stored model, which is free, or have the officer raise "
        f"cap in [privacy]{enough}"
    )


def _said(epsilon: float) -> str:
    return f"epsilon {epsilon:.4g}" if math.isfinite(epsilon) else "no bound at this delta"
