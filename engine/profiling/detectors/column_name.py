"""What the column is called."""

from __future__ import annotations

from collections.abc import Iterator
from typing import ClassVar

from connectors.schema import Kind
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.naming import Strength, words_of
from engine.profiling.schema_detector import SchemaDetector, example, named, named_nothing
from engine.profiling.taxonomy import NUMBERS, TAXONOMY, TEXTS

WEIGHTS = {Strength.WEAK: 2.5, Strength.PLAIN: 5.5, Strength.UNMISTAKABLE: 8.0}
AGAINST = {Strength.WEAK: -1.0, Strength.PLAIN: -2.5, Strength.UNMISTAKABLE: -4.0}
POINTS = -3.0
"""A surrogate key has digits as a postcode has, and is none."""


class ColumnName(SchemaDetector):
    """The words of a column's name, read behind those of its table."""

    name = "column_name"
    title = "The column's name"
    entities = tuple(TAXONOMY)

    EXAMPLES: ClassVar = (
        (example("customer", "fname"), "first_name"),
        (example("t", "CustFullNm"), "full_name"),
        (example("kunden", "Straße"), "street_address"),
        (example("usuarios", "correo_electronico"), "email"),
        (example("patient", "dob", Kind.DATE), "birth_date"),
        (example("phones", "number"), "phone"),
        (example("people", "name", beside=("surname",)), "first_name"),
        (example("address", "state", beside=("city", "zip")), "state"),
        (example("orders", "customer_id", Kind.INTEGER), "person_id"),
    )
    COUNTEREXAMPLES: ClassVar = (
        (example("product", "name"), "full_name"),
        (example("film", "title"), "job_title"),
        (example("orders", "state"), "state"),
        (example("customer", "email_verified", Kind.BOOLEAN), "email"),
        (example("customer", "created_at", Kind.TIMESTAMP), "birth_date"),
        (example("customer", "city_id", Kind.INTEGER), "city"),
    )

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        found = named(facts)
        for entity, strength in found:
            yield Clue(self.name, entity, "name", WEIGHTS[strength], f"it is named like {TAXONOMY[entity].words}")
        told = {entity for entity, _ in found}
        if nothing := named_nothing(facts):
            against, words = AGAINST[nothing], "its name speaks of something that is not personal"
        elif not found and facts.kind in NUMBERS and words_of(facts.column.name)[-1:] in _POINTERS:
            against, words, told = POINTS, "it is named like the key of something", KEYS
        else:
            return
        for entity in CONFUSED.get(facts.kind, ()):
            if entity not in told:
                yield Clue(self.name, entity, "name", against, words)


KEYS = {"person_id", "employee_id", "device_id"}
_POINTERS = frozenset((word,) for word in ("id", "key", "fk", "ref", "pk", "sk"))
_WORDS = tuple("""
    full_name first_name middle_name last_name username title job_title organization city county state country place_of_birth
    nationality free_text photo medical education gender race ethnicity religion marital_status credit_card_type medical_code
    postal_code phone street_address house_number employee_id account_number national_id licence_plate device_id
    certificate_number medical_record_number health_insurance_id person_id password secret signature
""".split())  # fmt: skip
_DIGITS = tuple("""
    postal_code phone house_number latitude longitude age birth_year birth_date salary us_ssn national_id tax_id passport
    driver_license account_number bank_account employee_id medical_record_number health_insurance_id person_id credit_card
    credit_card_cvv credit_card_expiry certificate_number imei device_id gender marital_status
""".split())  # fmt: skip
CONFUSED: dict[Kind, tuple[str, ...]] = (
    dict.fromkeys(TEXTS, _WORDS)
    | dict.fromkeys(NUMBERS, _DIGITS)
    | dict.fromkeys((Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ), ("birth_date", "death_date", "credit_card_expiry"))
    | {Kind.BINARY: ("photo", "signature", "biometric", "password", "secret"), Kind.UUID: ("device_id", "person_id")}
)
"""What values alone may take a column of a kind for. Not what checks itself: an e-mail address is one under any name."""
