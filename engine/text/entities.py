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
    "national_id": "national_id",
    "tax_id": "tax_id",
    "passport": "passport",
    "health_insurance": "health_insurance_id",
    "medical_record": "medical_record_number",
    "certificate": "certificate_number",
    "bank_account": "bank_account",
    "account": "account_number",
    "plate": "licence_plate",
    "number": None,
}
"""What is found -> its name in `engine.profiling.taxonomy`; None: alone it tells nothing of a person."""

IDS = frozenset({
    "licence", "national_id", "tax_id", "passport", "health_insurance", "medical_record", "certificate", "bank_account", "account",
    "plate",
})  # fmt: skip
"""Numbers of somebody that letters can be part of."""

CONTACTS = IDS | {"email", "phone", "address", "card", "iban", "ssn", "birth_date"}
"""What hardly stands in a text that is not about somebody."""

LABELS = {
    "PERSON": "person", "PER": "person", "GPE": "place", "LOC": "place", "FAC": "place", "ORG": "organization",
    "NORP": "nationality",
}  # fmt: skip
"""A model's labels (those of OntoNotes and of WikiNER) -> what we call it; its others are not used."""
