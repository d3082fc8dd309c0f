"""A guarantee in words and as JSON. Nothing is said here that the type does not carry."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import asdict
from typing import Any

from connectors.names import parse_table_name
from engine.privacy.budget import Neighbours, PrivacyUnit
from engine.privacy.guarantee import Guarantee, NoGuarantee

BANDS = ((1.0, "strong"), (4.0, "moderate"), (10.0, "weak"), (math.inf, "differential privacy in name only"))
"""Largest epsilon of each word (research: high-epsilon releases have been attacked with success)."""


def guarantee_said(guarantee: Guarantee | NoGuarantee) -> dict[str, Any]:
    """`{"kind": "none", "reason"}` or `{"kind": "dp", ...}` with every field and the sentences of `sentences`."""
    if isinstance(guarantee, NoGuarantee):
        return {"kind": "none", "reason": guarantee.reason}
    fields = asdict(guarantee)
    fields["unit"] = {"table": str(guarantee.unit.table), "key": list(guarantee.unit.key)}
    return {"kind": "dp", "band": band(guarantee.epsilon), **fields, "sentences": list(sentences(guarantee))}


def guarantee_read(said: Mapping[str, Any]) -> Guarantee | NoGuarantee:
    """What `guarantee_said` has said. Raises KeyError, TypeError for anything else."""
    if said["kind"] == "none":
        return NoGuarantee(said["reason"])
    fields = {name: value for name, value in said.items() if name not in ("kind", "band", "sentences")}
    return Guarantee(**fields | {
        "unit": PrivacyUnit(parse_table_name(said["unit"]["table"]), tuple(said["unit"]["key"])),
        "neighbours": Neighbours(said["neighbours"]),
        "bounds": tuple((table, most) for table, most in said["bounds"]),
        "attested": tuple(said["attested"]),
        "public": tuple(said["public"]),
    })  # fmt: skip


def band(epsilon: float) -> str:
    return next(word for most, word in BANDS if epsilon <= most)


def advantage(epsilon: float) -> float:
    """How much better than a coin anybody can guess whether one entity took part: (e^epsilon - 1) / (e^epsilon + 1).

    Kairouz, Oh, Viswanath, The composition theorem for differential privacy, ICML 2015; delta aside.
    """
    return math.tanh(epsilon / 2)


def _right(epsilon: float) -> str:
    """Rounded up, and never to certainty."""
    return f"{min(math.ceil(500 + 500 * advantage(epsilon)) / 10, 99.99):g}"


def sentences(guarantee: Guarantee) -> tuple[str, ...]:
    """What it means, what it covers and what it does not, for a reader who signs."""
    unit = guarantee.unit.table
    used = "".join(f"; at most {most} rows of {table} for each parent are used" for table, most in guarantee.bounds)
    said = [
        f"Adding or removing one row of {unit} together with every row that it owns{used} changes the probability of any output of "
        f"this release by at most a factor of e^{guarantee.epsilon:g}, except with probability {guarantee.delta:g}.",
        f"Whoever guesses whether one entity took part is right at most {_right(guarantee.epsilon)} times of 100 "
        f"(50 is a coin): {band(guarantee.epsilon)}.",
        "It covers value ranges, lists of categories, numbers of rows, training and keys. It does not cover table and column names, "
        "the DDL, and facts about an entity that stand in rows of another.",
    ]
    if guarantee.public:
        said.append(f"Not covered, because a person calls them public: {', '.join(guarantee.public)}.")
    if guarantee.attested:
        said.append(
            "Not covered, if they were read off the data, because a person answers for them: "
            f"{'; '.join(guarantee.attested)}."
        )
    return tuple(said)
