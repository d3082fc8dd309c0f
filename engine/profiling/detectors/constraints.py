"""What the database lets into the column: the labels of an enum, the texts of a CHECK, uniqueness."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import ClassVar

from connectors.schema import Kind
from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Clue
from engine.profiling.naming import tokens
from engine.profiling.schema_detector import SchemaDetector, example, named, named_nothing

LABELS = {
    "gender": """
        m f male female man woman w x d o u other unknown divers nonbinary mann frau maennlich weiblich homme femme masculin
        feminin hombre mujer masculino femenino maschio femmina uomo donna h v vrouw homem mulher feminino intersex unspecified
        notspecified n undisclosed prefernottosay diverse nb""",
    "marital_status": """
        single married divorced widowed separated unmarried partnership civilpartnership domesticpartnership engaged m s d w u
        ledig verheiratet geschieden verwitwet getrennt celibataire marie divorce veuf pacse soltero casado divorciado viudo
        celibe nubile coniugato sposato divorziato vedovo ongehuwd gehuwd gescheiden weduwe solteiro viuvo unknown other""",
    "title": """
        mr mrs ms miss dr prof sir madam mx herr frau mme mlle m monsieur madame sr sra srta don dona sig signora dhr mevr""",
    "credit_card_type": "visa mastercard amex americanexpress discover diners dinersclub jcb maestro unionpay",
    "education": "highschool bachelor bachelors master masters doctorate phd associate none primary secondary abitur promotion",
}
"""Every label is one of these, and one at least is telling."""
SHARED = frozenset("m f w x d o u s n h v other unknown none unspecified diverse".split())
"""Labels that many other enumerations have too: only all of an alphabet of genders or states of marriage is one."""
BLOOD = frozenset("a b ab o 0".split())
CONTENT = (
    (r"'[^']*@[^']*'", "email", 4.0),
    (r"\\\+\[?\d|\^\\?\+|\[0-9\]\{3\}[-) ]", "phone", 2.5),
    (r"\[0-9\]\{3\}-\[0-9\]\{2\}-\[0-9\]\{4\}|\\d\{3\}-\\d\{2\}-\\d\{4\}", "us_ssn", 6.0),
    (r"https?:", "url", 4.0),
    (r"\^\[A-Z\]\{2\}\[0-9\]\{2\}\[A-Z0-9\]", "iban", 5.0),
)
"""What stands in a condition -> what it lets in."""
REFUSES = re.compile(r"\bNOT\s+(?:I?LIKE|SIMILAR|REGEXP|RLIKE|GLOB)\b|!~", re.IGNORECASE)
"""A condition that keeps a form out."""
ONCE = {
    "email": 1.0, "username": 1.5, "us_ssn": 1.5, "national_id": 1.5, "passport": 1.5, "iban": 0.7, "tax_id": 1.0, "employee_id": 1.0,
    "medical_record_number": 1.0, "imei": 1.0, "vin": 1.0, "licence_plate": 1.0,
}  # fmt: skip
"""Weight where no two rows may share it, for what the name already speaks of."""
SHARES = ("gender", "marital_status", "title", "age", "birth_year", "first_name", "race", "religion", "birth_date", "salary",
          "ethnicity", "nationality", "education", "latitude", "longitude", "postal_code", "last_name", "free_text")  # fmt: skip
"""What two people share sooner or later."""
TELLING = 6.0
SHARED_ALL = 3.5


class Constraints(SchemaDetector):
    """Enum labels, CHECK conditions and unique constraints."""

    name = "constraints"
    title = "What the database lets in"
    entities = tuple(dict.fromkeys((*LABELS, *(entity for _, entity, _ in CONTENT), *ONCE, *SHARES, "medical")))

    EXAMPLES: ClassVar = (
        (example("t", "x", Kind.ENUM, enum=("male", "female", "other")), "gender"),
        (example("t", "x", checks=("x IN ('M', 'F')",)), "gender"),
        (example("t", "x", checks=("x IN ('single', 'married', 'divorced')",)), "marital_status"),
        (example("t", "x", checks=("x LIKE '%@%'",)), "email"),
        (example("t", "x", Kind.ENUM, enum=("A+", "A-", "B+", "B-", "AB+", "AB-", "O+", "O-")), "medical"),
    )
    COUNTEREXAMPLES: ClassVar = (
        (example("t", "x", Kind.ENUM, enum=("S", "M", "L")), "gender"),
        (example("t", "x", Kind.ENUM, enum=("open", "closed", "unknown")), "marital_status"),
        (example("t", "x", checks=("x <@ ARRAY['a', 'b']",)), "email"),
        (example("t", "x", checks=("x NOT LIKE '%@%'",)), "email"),
        (example("t", "x", unique=True), "first_name"),
    )

    def look(self, facts: ColumnFacts) -> Iterator[Clue]:
        labels = _labels(facts)
        for entity, weight in _of_labels(labels):
            yield Clue(self.name, entity, "type", weight, f"the database allows it {len(labels)} labels of this kind")
        for check in _checks(facts):
            for pattern, entity, weight in CONTENT:
                if re.search(pattern, check) and not REFUSES.search(check):
                    yield Clue(self.name, entity, "type", weight, "a condition of the table asks for such a form")
        if facts.unique:
            yield from self._once(facts)

    def _once(self, facts: ColumnFacts) -> Iterator[Clue]:
        for entity, _ in named(facts):
            if entity in ONCE:
                yield Clue(self.name, entity, "type", ONCE[entity], "no two rows may have the same")
        if facts.column.kind is not Kind.UUID and named_nothing(facts) is None:
            for entity in SHARES:
                yield Clue(self.name, entity, "type", -2.0, "no two rows may have the same")


def _labels(facts: ColumnFacts) -> tuple[str, ...]:
    """What an enum or a CHECK lists, as the lists above spell it; `+` and `-` are kept for blood groups."""
    texts = facts.column.enum
    if not texts:
        listed = [re.findall(r"'((?:[^']|'')*)'", check) for check in _checks(facts) if _LIST.search(check)]
        texts = tuple(listed[0]) if len(listed) == 1 else ()
    return tuple(("".join(tokens(text)) or "0") + ("±" if text.strip()[-1:] in ("+", "-") else "") for text in texts)


def _checks(facts: ColumnFacts) -> list[str]:
    name = facts.column.name
    return [
        check.expression for check in facts.table.checks
        if check.columns == (name,) or (not check.columns and re.search(rf"\b{re.escape(name)}\b", check.expression))
    ]  # fmt: skip


def _of_labels(labels: tuple[str, ...]) -> Iterator[tuple[str, float]]:
    if len(labels) < 2:
        return
    if all(label.endswith("±") and label[:-1] in BLOOD for label in labels):
        yield "medical", TELLING
    for entity, known in _KNOWN.items():
        if set(labels) <= known and len(set(labels) - SHARED) >= 2:
            yield entity, TELLING
    if {"m", "f"} <= set(labels) and set(labels) <= SHARED - {"s"}:
        yield "gender", SHARED_ALL + 1
    if {"m", "s"} <= set(labels) <= _KNOWN["marital_status"] and "d" in labels and "l" not in labels:
        yield "marital_status", SHARED_ALL


_KNOWN = {entity: frozenset(text.split()) for entity, text in LABELS.items()}
_LIST = re.compile(r"\bIN\s*\(|ANY\s*\(|=\s*'", re.IGNORECASE)
