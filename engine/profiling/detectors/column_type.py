"""What the column's type can hold, and what such a type is usually chosen for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from connectors.schema import Column, Kind
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.schema_detector import SchemaDetector, example, named_nothing

NATIVE = (
    (r"inet|cidr|ipv[46]", "ip_address", 7.0),
    (r"macaddr8?", "mac_address", 7.0),
    (r"point|geography|geometry.*|st_point", "geo_point", 4.0),
    (r"money|smallmoney", "salary", 1.0),
    (r"year(\(\d\))?", "birth_year", 1.5),
    (r"citext", "email", 1.5),
)
"""A type's own name -> what it is for."""
LENGTHS: dict[int, tuple[tuple[str, float], ...]] = {
    1: (("gender", 1.5), ("marital_status", 0.7), ("middle_name", 0.5)),
    2: (("state", 1.8), ("country", 1.8), ("age", 0.3)),
    3: (("country", 1.0), ("credit_card_cvv", 0.7)),
    5: (("postal_code", 1.8),),
    9: (("us_ssn", 1.0), ("passport", 1.0), ("postal_code", 0.5)),
    10: (("postal_code", 0.8), ("title", 0.3)),
    11: (("us_ssn", 1.5), ("bank_account", 1.0), ("national_id", 0.7)),
    15: (("ip_address", 1.0), ("phone", 0.7), ("imei", 0.7)),
    16: (("credit_card", 1.0), ("tax_id", 0.5), ("national_id", 0.5)),
    17: (("vin", 3.0), ("mac_address", 1.5)),
    19: (("credit_card", 1.5),),
    20: (("phone", 0.7),),
    22: (("iban", 1.0),),
    34: (("iban", 3.5),),
    39: (("ip_address", 3.0),),
    45: (("ip_address", 3.0),),
    60: (("password", 1.5),),
    254: (("email", 2.0),),
    320: (("email", 3.0),),
    2048: (("url", 2.0),),
    2083: (("url", 3.0),),
}
"""Lengths that standards or customs give: ISO 3166, ISO 13616, ISO 3779, E.164, RFC 4291, RFC 5321, bcrypt."""
SHORTEST = {
    "email": 12, "iban": 15, "url": 15, "credit_card": 12, "us_ssn": 9, "phone": 7, "street_address": 15, "full_name": 12, "imei": 14,
    "vin": 17, "ip_address": 7, "mac_address": 12, "last_name": 6, "first_name": 5, "city": 8, "organization": 10, "job_title": 8,
    "free_text": 30, "medical": 15, "photo": 10, "username": 5, "secret": 8, "birth_date": 6, "postal_code": 3, "passport": 6,
    "national_id": 7, "driver_license": 6, "device_id": 8, "geo_point": 7, "place_of_birth": 8, "tax_id": 6, "bank_account": 6,
}  # fmt: skip
"""Characters without which a column cannot hold them."""
SHORT = -5.0
FRACTION = -5.0
"""Numbers with a fraction are measures: no telephone, no postcode."""
MEASURED = tuple("""
    phone postal_code us_ssn national_id tax_id passport credit_card bank_account account_number person_id employee_id house_number
    birth_year birth_date credit_card_cvv imei medical_record_number health_insurance_id
""".split())  # fmt: skip
COORDINATES = ("latitude", "longitude")
MOMENT = -2.5
"""Nobody's birth has a time zone."""


class ColumnType(SchemaDetector):
    """Type, length and scale."""

    name = "column_type"
    title = "The column's type"
    entities = tuple(dict.fromkeys((
        *(entity for _, entity, _ in NATIVE), *(entity for pairs in LENGTHS.values() for entity, _ in pairs), *SHORTEST, *MEASURED,
        *COORDINATES, "death_date",
    )))  # fmt: skip

    EXAMPLES: ClassVar = (
        (example("t", "x", Kind.OTHER, native="inet"), "ip_address"),
        (example("t", "x", length=34), "iban"),
        (example("t", "x", length=17), "vin"),
        (example("t", "x", Kind.DECIMAL, precision=9, scale=6), "latitude"),
        (example("t", "x", Kind.DATE), "birth_date"),
    )
    COUNTEREXAMPLES: ClassVar = (
        (example("t", "x", length=10), "email"),
        (example("t", "x", Kind.DECIMAL, precision=10, scale=2), "phone"),
        (example("t", "x", Kind.TIMESTAMPTZ), "birth_date"),
        (example("t", "x", Kind.INTEGER, precision=16), "phone"),
    )

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        nothing = named_nothing(facts) is not None
        for entity, weight, words in _weighed(facts.column):
            # What is named as something else has its length for that.
            if weight < 0 or not nothing:
                yield Clue(self.name, entity, "type", weight, words)


def _weighed(column: Column) -> Iterator[tuple[str, float, str]]:
    native = column.native.casefold()
    for pattern, entity, weight in NATIVE:
        if re.fullmatch(pattern, native):
            yield entity, weight, f"its type is {column.native}"
    if column.kind is Kind.TEXT and column.length is not None:
        yield from _text(column.length)
    elif column.kind is Kind.INTEGER and column.precision:
        yield from _integer(column.precision)
    elif column.kind in (Kind.DECIMAL, Kind.FLOAT):
        yield from _fraction(column)
    elif column.kind is Kind.DATE:
        yield "birth_date", 1.0, "it is a date without a time"
    elif column.kind is Kind.TIMESTAMPTZ:
        for entity in ("birth_date", "death_date"):
            yield entity, MOMENT, "it is a moment with a time zone"


def _text(length: int) -> Iterator[tuple[str, float, str]]:
    for entity, weight in LENGTHS.get(length, ()):
        yield entity, weight, f"it is {length} characters long"
    for entity, shortest in SHORTEST.items():
        if length < shortest:
            yield entity, SHORT, f"{length} characters are too few"


def _integer(bits: int) -> Iterator[tuple[str, float, str]]:
    for entity, least in (
        ("phone", 32),
        ("us_ssn", 32),
        ("credit_card", 64),
        ("imei", 64),
        ("national_id", 32),
        ("tax_id", 32),
    ):
        if bits < least:
            yield entity, SHORT, f"{bits} bits are too few"


def _fraction(column: Column) -> Iterator[tuple[str, float, str]]:
    if column.kind is Kind.DECIMAL and not column.scale:
        return
    for entity in MEASURED:
        yield entity, FRACTION, "its numbers have a fraction"
    if column.kind is Kind.FLOAT or (column.scale or 0) >= 4:
        for entity in COORDINATES:
            yield entity, 1.0, "its numbers have a fraction of many digits"
