"""What the finder tells apart in a text, and what that is in the taxonomy of discovery and to a language model."""

from __future__ import annotations

ENTITIES: dict[str, str | None] = {
    "person": "full_name",
    "address": "street_address",
    "place": "city",
    "country": "country",
    "organization": "organization",
    "nationality": "nationality",
    "age": "age",
    "birth_date": "birth_date",
    "date": None,
    "email": "email",
    "phone": "phone",
    "url": "url",
    "ip": "ip_address",
    "mac": "mac_address",
    "card": "credit_card",
    "iban": "iban",
    "ssn": "us_ssn",
    "licence": "driver_license",
    "number": None,
}
"""What is found -> its name in `engine.profiling.taxonomy`; None: alone it tells nothing of a person."""

CONTACTS = frozenset({"email", "phone", "address", "card", "iban", "ssn", "licence", "birth_date"})
"""What hardly stands in a text that is not about somebody."""

LABELS = {
    "PERSON": "person", "PER": "person", "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "organization",
    "NORP": "nationality",
}  # fmt: skip
"""A model's labels (those of OntoNotes and of WikiNER) -> what we call it; its others are not used."""
