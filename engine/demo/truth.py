"""What is personal in the demo source, known because we planted it: the yardstick for discovery and masking.

A column (or `column:$.json.path`) that is not listed holds nothing that names, reaches or marks one person.
"""

from __future__ import annotations

PERSONAL: dict[str, str] = {
    "staff.full_name": "full_name",
    "staff.username": "username",
    "staff.email": "email",
    "patient.first_name": "first_name",
    "patient.last_name": "last_name",
    "patient.birth_date": "birth_date",
    "patient.national_id": "national_id",
    "patient.email": "email",
    "patient.phone": "phone",
    "patient.preferences": "json",
    "patient.preferences:$.contact.email": "email",
    "patient.preferences:$.emergency.name": "full_name",
    "patient.preferences:$.emergency.phone": "phone",
    "patient.remarks": "free_text",
    "patient.photo": "photo",
    "address.street": "street",
    "address.city": "city",
    "address.postcode": "postcode",
    "portal_login.ip_address": "ip_address",
    "visit.note": "free_text",
    "payment.card_number": "credit_card",
    "payment.iban": "iban",
}
"""`table.column` -> the entity it holds."""

QUASI: dict[str, str] = {
    "patient.gender": "gender",
    "patient.region_code": "region",
    "patient.education": "education",
    "patient.occupation": "occupation",
    "patient.income": "income",
    "patient.height_cm": "body",
    "patient.weight_kg": "body",
    "address.state": "state",
    "staff.hired_on": "date",
    "staff.salary": "income",
    "visit.visited_at": "date",
    "patient.registered_at": "date",
}
"""Columns that single nobody out alone and may do so together."""
