"""Attacks on a target: one attack, one file.

`ATTACKS` is the index: the name in results and policies -> "module:Class", imported on use. Other distributions add theirs under the
entry-point group `lookalike.attacks`.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module
from importlib.metadata import entry_points
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from engine.risk.base import Attack

ATTACKS: dict[str, str] = {
    "audit": "engine.risk.audit:Audit",
    "classes": "engine.risk.classes:Classes",
    "distances": "engine.risk.distances:Distances",
    "fingerprint": "engine.risk.fingerprint:Fingerprint",
    "inference": "engine.risk.inference:Inference",
    "linkability": "engine.risk.linkability:Linkability",
    "membership_classifier": "engine.risk.membership_classifier:MembershipClassifier",
    "membership_density": "engine.risk.membership_density:MembershipDensity",
    "membership_distance": "engine.risk.membership_distance:MembershipDistance",
    "membership_queries": "engine.risk.membership_queries:MembershipQueries",
    "rematching": "engine.risk.rematching:Rematching",
    "replay": "engine.risk.replay:Replay",
    "singling_out": "engine.risk.singling_out:SinglingOut",
}


@cache
def registry() -> Mapping[str, str]:
    """Every attack that is installed, our own first."""
    return ATTACKS | {
        entry.name: entry.value for entry in entry_points(group="lookalike.attacks") if entry.name not in ATTACKS
    }


def attack_class(name: str) -> type[Attack]:
    """The attack of that name. Raises KeyError."""
    module, _, attribute = registry()[name].partition(":")
    found: type[Attack] = getattr(import_module(module), attribute)
    return found
