"""What is agreed about a domain, persisted beside its key: columns that join it later, in any database, are held to it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass, fields, replace
from typing import Any

from connectors.schema import Column, Kind
from engine.canonical import CANONICAL_VERSION
from engine.masking.array_key import element_of
from engine.problems import Problem, Severity


@dataclass(frozen=True, slots=True)
class DomainSpec:
    """Nothing here is learned from rows: only from types, and from what the plan says."""

    name: str
    masker: str
    version: int
    """Of the masker's algorithm."""
    shape: str
    """The family of types whose equal values agree: `integer`, `text`, `uuid`..."""
    bits: int | None = None
    """Width of the narrowest integer column: every value of the base band fits it."""
    canonical: int = CANONICAL_VERSION
    """Of the canonical form that values take before they meet the key."""


@dataclass(frozen=True, slots=True)
class Joined:
    """The specification that columns of the domain are masked by, and what stands against joining."""

    spec: DomainSpec
    problem: Problem | None = None


_SHAPES = dict.fromkeys((Kind.TIMESTAMP, Kind.TIMESTAMPTZ), Kind.DATE)
_SHAPES |= dict.fromkeys((Kind.ENUM, Kind.JSON, Kind.XML, Kind.ARRAY, Kind.OTHER), Kind.TEXT)


def shape(column: Column) -> str:
    """Columns of one shape hold values that can be compared: whole numbers of any type and arrays of them, texts, UUIDs..."""
    element = element_of(column)
    if element is not None:
        return shape(element)
    if column.kind is Kind.DECIMAL:
        return f"decimal with {column.scale} digits after the point" if column.scale else Kind.INTEGER.value
    return _SHAPES.get(column.kind, column.kind).value


def integer_bits(column: Column) -> int | None:
    """Bits of the largest signed integer type that this column (a DECIMAL without its point) surely holds; None for other types."""
    if column.kind is Kind.INTEGER:
        return column.precision or 64
    if column.kind is Kind.DECIMAL and column.precision is not None:
        return int(10**column.precision).bit_length()
    return None


def domain_spec(name: str, masker: str, version: int, columns: Iterable[Column]) -> DomainSpec:
    """The specification that these columns together ask for. Raises ValueError where their shapes differ."""
    members = tuple(columns)
    shapes = {shape(column) for column in members}
    if len(shapes) != 1:
        raise ValueError(f"columns of domain {name!r} have different shapes: {', '.join(sorted(shapes))}")
    widths = [bits for column in members if (bits := integer_bits(column)) is not None]
    return DomainSpec(name, masker, version, shapes.pop(), min(widths, default=None))


def join(known: DomainSpec | None, wanted: DomainSpec) -> Joined:
    """Hold new columns against what is agreed. An error leaves the agreed specification as it is."""
    if known is None:
        return Joined(wanted)
    if known.shape != wanted.shape:
        reason = (
            f"Domain {known.name!r} holds {known.shape} values under this key, and here it would hold {wanted.shape}."
        )
        return _refused(known, "domain-shape", reason)
    if wanted.bits is not None and known.bits is not None and min(wanted.bits, 32) < min(known.bits, 32):
        reason = (
            f"Domain {known.name!r} was laid out for integers of {known.bits} bits, and a column of {wanted.bits} bits cannot "
            "hold all of its pseudonyms."
        )
        return _refused(known, "domain-narrower", reason)
    agreed = replace(wanted, bits=known.bits)
    return Joined(agreed, _change(known, wanted))


def _refused(known: DomainSpec, code: str, reason: str) -> Joined:
    remedy = f"Give these columns another domain than {known.name!r}, or start over with `lookalike key rotate`."
    return Joined(known, Problem(code, Severity.ERROR, reason, remedy))


def _change(known: DomainSpec, wanted: DomainSpec) -> Problem | None:
    if (known.masker, known.version, known.canonical) == (wanted.masker, wanted.version, wanted.canonical):
        return None
    return Problem(
        "domain-changed",
        Severity.WARNING,
        f"Domain {known.name!r} was masked by {known.masker} {known.version} so far and now by {wanted.masker} {wanted.version}: "
        "its values will not agree with databases masked before.",
        "Keep the mask, name another domain, or mask those databases again.",
    )


def to_data(spec: DomainSpec) -> dict[str, Any]:
    return asdict(spec)


def from_data(data: Mapping[str, Any]) -> DomainSpec:
    """The inverse of `to_data`; fields of later versions are left out."""
    known = {field.name for field in fields(DomainSpec)}
    return DomainSpec(**{name: value for name, value in data.items() if name in known})
