"""A guarantee in words and as JSON. Nothing is said here that the type does not carry."""

from __future__ import annotations

import math
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import asdict
from typing import Any

from connectors.names import TableName, parse_table_name
from engine.privacy.budget import Neighbours, PrivacyUnit
from engine.privacy.guarantee import Guarantee, NoGuarantee
from engine.privacy.spec import PrivacySpec

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


def scale_said() -> str:
    """Which epsilon is how strong."""
    known = [(most, word) for most, word in BANDS if math.isfinite(most)]
    return f"An epsilon {'; '.join(f'up to {most:g} is {word}' for most, word in known)}; above: {BANDS[-1][1]}."


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
    said = [
        _changes(guarantee.unit.table, guarantee.bounds, guarantee.epsilon, guarantee.delta),
        _guessed(guarantee.epsilon),
        _COVERS,
    ]
    return (*said, *_uncovered(guarantee.public, guarantee.attested))


def planned(
    spec: PrivacySpec, public: Sequence[str], attested: Sequence[str] = (), *, masked: bool = False
) -> tuple[str, ...]:
    """What a release of this plan may come to promise. It is no guarantee: that is what an accountant makes of what was done. Empty
    for an epsilon that is none. `masked`: other tables are masked or copied."""
    if not spec.epsilon > 0:
        return ()
    if math.isinf(spec.epsilon):
        return ("epsilon is infinite: the synthetic rows come with no guarantee, and every report says so.",)
    changes = _changes(
        spec.unit, tuple((str(name), most) for name, most in spec.bounds.items()), spec.epsilon, spec.delta
    )
    return (
        f"Nothing is promised before a model has learned. If it keeps to this budget: {changes[0].lower()}{changes[1:]}",
        _guessed(spec.epsilon),
        _COVERS,
        *_uncovered(public, attested),
        *((f"Tables that are masked or copied carry no formal guarantee: {NoGuarantee().reason}.",) if masked else ()),
    )


_COVERS = (
    "It covers value ranges, lists of categories, numbers of rows, training and keys. It does not cover table and column names, "
    "the DDL, and facts about an entity that stand in rows of another."
)


def _changes(unit: TableName, bounds: Sequence[tuple[str, int]], epsilon: float, delta: float) -> str:
    used = "".join(f"; at most {most} rows of {table} for each parent are used" for table, most in bounds)
    return (
        f"Adding or removing one row of {unit} together with every row that it owns{used} changes the probability of any output of "
        f"this release by at most a factor of e^{epsilon:g}, except with probability {delta:g}."
    )


def _guessed(epsilon: float) -> str:
    return (
        f"Whoever guesses whether one entity took part is right at most {_right(epsilon)} times of 100 "
        f"(50 is a coin): {band(epsilon)}."
    )


def _uncovered(public: Sequence[str], attested: Sequence[str]) -> Iterator[str]:
    if public:
        yield f"Not covered, because a person calls them public: {', '.join(public)}."
    if attested:
        yield (
            f"Not covered, if they were read off the data, because a person answers for them: {'; '.join(attested)}."
        )
