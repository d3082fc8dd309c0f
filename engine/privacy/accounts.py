"""What is spent of every population that a workspace knows, as its ledgers and their anchors say."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from engine.catalog.chain import Entry
from engine.catalog.store import Catalog
from engine.privacy.accountant import epsilon_of
from engine.privacy.anchor import Anchors, event_data, event_of, joined
from engine.privacy.events import Event, Unprotected
from engine.privacy.ledger import CHAIN, chain_of, fault, identity, known_events

DELTA = 1e-6
"""At which nothing spent is said to be nothing."""


@dataclass(frozen=True, slots=True)
class Account:
    """One release, as its entries say."""

    id: str
    began: str
    """ISO 8601, UTC."""
    record: Mapping[str, Any]
    """As `engine.privacy.release.Release.record`."""
    events: tuple[Event, ...]


@dataclass(frozen=True, slots=True)
class Population:
    """What was done to one population."""

    name: str
    epsilon: float
    """Of everything, rounded up; infinite where data was read without noise."""
    delta: float
    cap: float | None
    """As the last release was planned; None: without one."""
    releases: tuple[Account, ...]
    """Of this workspace, the oldest first."""
    elsewhere: int
    """How many other ledgers are known of it, from imported keys and from catalogs that are gone."""
    fault: str | None
    """Why its ledger cannot be believed."""

    def to_json(self) -> dict[str, Any]:
        return {
            "population": self.name,
            "spent": self.epsilon if math.isfinite(self.epsilon) else None,
            "delta": self.delta,
            "cap": self.cap,
            "releases": [_release_data(release, self.delta) for release in self.releases],
            "elsewhere": self.elsewhere,
            "fault": self.fault,
        }


def populations(catalog: Catalog, anchored: Mapping[str, Anchors]) -> list[Population]:
    """Every population that an anchor or a ledger names, by name."""
    named = {chain: chain.removeprefix(CHAIN) for chain in catalog.chain_names(CHAIN)}
    named |= {chain_of(name): name for name in anchored}
    found = [_population(catalog, chain, name, anchored.get(name, {})) for chain, name in named.items()]
    return sorted(found, key=lambda population: population.name)


def _population(catalog: Catalog, chain: str, name: str, anchors: Anchors) -> Population:
    entries = catalog.entries(chain)
    reason = fault(catalog, chain, entries, anchors)
    if reason is not None:
        # What was changed cannot be counted; what the vault knows can.
        entries = []
    releases = _releases(entries)
    delta, cap = _planned(releases, anchors)
    own = identity(entries) if entries else None
    elsewhere = sum(ledger != own for ledger in anchors) if reason is None else 0
    epsilon = epsilon_of(known_events(entries, anchors), delta)
    return Population(name, epsilon, delta, cap, releases, elsewhere, reason)


def _planned(releases: Sequence[Account], anchors: Anchors) -> tuple[float, float | None]:
    """Delta and cap of the last release that is known."""
    for release in reversed(releases):
        if release.record:
            return release.record["planned"]["delta"], release.record["cap"]
    last = max(anchors.values(), key=lambda anchor: anchor.ordinal, default=None)
    return (last.delta, last.cap) if last is not None else (DELTA, None)


def _releases(entries: Sequence[Entry]) -> tuple[Account, ...]:
    begun: dict[str, tuple[str, Mapping[str, Any]]] = {}
    events: dict[str, list[Event]] = {}
    for entry in entries:
        content = _content(entry)
        release = content["release"]
        begun.setdefault(release, (entry.at, content.get("record", {})))
        events.setdefault(release, []).append(event_of(content["event"]))
    return tuple(Account(name, at, record, joined(events[name])) for name, (at, record) in begun.items())


def _release_data(release: Account, delta: float) -> dict[str, Any]:
    epsilon = epsilon_of(release.events, delta)
    return {
        "release": release.id,
        "began": release.began,
        "spent": epsilon if math.isfinite(epsilon) else None,
        "protected": not any(isinstance(event, Unprotected) for event in release.events),
        **release.record,
        "events": [event_data(event) for event in release.events],
    }


def _content(entry: Entry) -> Mapping[str, Any]:
    content: Mapping[str, Any] = json.loads(entry.payload)
    return content
