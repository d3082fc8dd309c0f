"""What a column can hold of people: an entity a line, with its place in the GDPR, HIPAA Safe Harbor and PCI DSS, and its usual mask.

Sources: GDPR = Regulation (EU) 2016/679, articles 4(1), 9(1), 10 and 87; HIPAA = 45 CFR 164.514(b)(2)(i), letters (A) to (R);
PCI = PCI DSS v4.0.1, section 2 (account data).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from connectors.schema import Kind

TEXTS = frozenset({Kind.TEXT, Kind.ENUM, Kind.OTHER})
NUMBERS = frozenset({Kind.INTEGER, Kind.DECIMAL, Kind.FLOAT})
DATES = frozenset({Kind.DATE, Kind.TIMESTAMP, Kind.TIMESTAMPTZ})
BLOBS = frozenset({Kind.BINARY})
ANY = frozenset(Kind)


class Group(StrEnum):
    """How an entity tells of a person."""

    DIRECT = "direct identifier"
    """Alone it says who it is."""
    QUASI = "quasi-identifier"
    """Together with others it says who it is."""
    SENSITIVE = "sensitive attribute"
    """What a person would not have known."""
    SECRET = "credential or secret"
    """Whoever has it can act as the person."""
    TEXT = "free text"
    """Anything can stand in it."""


@dataclass(frozen=True, slots=True)
class EntityType:
    name: str
    words: str
    """For sentences: "an e-mail address"."""
    group: Group
    kinds: frozenset[Kind]
    mask: str | None
    """The usual mask; None: a person decides."""
    gdpr: str = "4(1)"
    """The article that makes it personal data."""
    hipaa: str | None = None
    """The letter of the Safe Harbor identifier; None: not one of the 18."""
    pci: str | None = None
    """`PAN`, `cardholder data` or `sensitive authentication data`."""


def _direct(
    name: str, words: str, mask: str | None, hipaa: str, kinds: frozenset[Kind] = TEXTS, **more: str
) -> EntityType:
    return EntityType(name, words, Group.DIRECT, kinds, mask, hipaa=hipaa, **more)


def _quasi(
    name: str, words: str, mask: str | None, hipaa: str | None = None, kinds: frozenset[Kind] = TEXTS, **more: str
) -> EntityType:
    return EntityType(name, words, Group.QUASI, kinds, mask, hipaa=hipaa, **more)


def _sensitive(name: str, words: str, mask: str | None = None, gdpr: str = "9(1)") -> EntityType:
    return EntityType(name, words, Group.SENSITIVE, ANY, mask, gdpr=gdpr)


_ALL = (
    # Names.
    _direct("full_name", "a person's name", "full_name", "A", pci="cardholder data"),
    _direct("first_name", "a first name", "first_name", "A"),
    _direct("middle_name", "a middle name", "first_name", "A"),
    _direct("last_name", "a last name", "last_name", "A"),
    _direct("username", "a user name", "username", "R"),
    _quasi("title", "a form of address", None),
    # Ways to reach somebody.
    _direct("email", "an e-mail address", "email", "F"),
    _direct("phone", "a telephone number", "phone", "D", TEXTS | NUMBERS),
    _direct("url", "a web address", "url", "N"),
    _direct("ip_address", "a network address", "ip", "O", TEXTS | NUMBERS),
    _direct("mac_address", "the address of a network card", "mac", "M"),
    _direct("imei", "the number of a mobile telephone", "imei", "M", TEXTS | NUMBERS),
    _direct("device_id", "a device or session of one person", "token", "M", TEXTS | NUMBERS | frozenset({Kind.UUID})),
    # Places.
    _direct("street_address", "a street address", "street", "B"),
    _quasi("house_number", "a house number", None, "B", TEXTS | NUMBERS),
    _quasi("city", "a town", "city", "B"),
    _quasi("county", "a county or a part of a town", None, "B", TEXTS | NUMBERS),
    _quasi("postal_code", "a postcode", "postcode", "B", TEXTS | NUMBERS),
    _quasi("state", "a state or a region", None, None, TEXTS | NUMBERS),
    _quasi("country", "a country", None, None, TEXTS | NUMBERS),
    _quasi("latitude", "a latitude", "number_noise", "B", NUMBERS | TEXTS),
    _quasi("longitude", "a longitude", "number_noise", "B", NUMBERS | TEXTS),
    _quasi("geo_point", "a place on the map", None, "B", TEXTS),
    _quasi("place_of_birth", "where a person was born", "city", "B"),
    # Dates of a life.
    _quasi("birth_date", "when a person was born", "date_shift", "C", DATES | TEXTS | NUMBERS),
    _quasi("birth_year", "the year in which a person was born", "number_noise", None, NUMBERS | TEXTS),
    _quasi("death_date", "when a person died", "date_shift", "C", DATES | TEXTS | NUMBERS),
    _quasi("age", "a person's age", "number_noise", "C", NUMBERS | TEXTS),
    # Numbers that somebody gave a person.
    _direct("person_id", "the key of a person", "pseudonym", "R", ANY),
    _direct("us_ssn", "a US social security number", "national_id", "G", TEXTS | NUMBERS, gdpr="87"),
    _direct("national_id", "a number that an authority gave a person", "pseudonym", "R", TEXTS | NUMBERS, gdpr="87"),
    _direct("tax_id", "a tax number", "pseudonym", "R", TEXTS | NUMBERS, gdpr="87"),
    _direct("passport", "a passport's number", "pseudonym", "K", TEXTS | NUMBERS, gdpr="87"),
    _direct("driver_license", "a driving licence's number", "pseudonym", "K", TEXTS | NUMBERS),
    _direct("certificate_number", "the number of a licence or a certificate", "pseudonym", "K", TEXTS | NUMBERS),
    _direct("medical_record_number", "a medical record's number", "pseudonym", "H", TEXTS | NUMBERS),
    _direct("health_insurance_id", "a health insurance number", "pseudonym", "I", TEXTS | NUMBERS),
    _direct("employee_id", "a personnel number", "pseudonym", "R", TEXTS | NUMBERS),
    _direct("account_number", "an account's number", "pseudonym", "J", TEXTS | NUMBERS),
    _direct("iban", "a bank account's IBAN", "iban", "J"),
    _direct("bank_account", "a bank account", "pseudonym", "J", TEXTS | NUMBERS),
    _direct("licence_plate", "a vehicle's number plate", "licence_plate", "L"),
    _direct("vin", "a vehicle's number", "vin", "L"),
    _direct("photo", "a picture", None, "Q", TEXTS | BLOBS),
    _direct("biometric", "a fingerprint, a voice or another measure of a body", None, "P", ANY, gdpr="9(1)"),
    _direct("signature", "a signature", None, "P", TEXTS | BLOBS),
    # Cards.
    _direct("credit_card", "a payment card's number", "credit_card", "J", TEXTS | NUMBERS, pci="PAN"),
    _quasi("credit_card_type", "the brand of a payment card", None),
    _quasi("credit_card_expiry", "when a card expires", None, None, TEXTS | NUMBERS | DATES, pci="cardholder data"),
    EntityType("credit_card_cvv", "a card's security code", Group.SECRET, TEXTS | NUMBERS, "null",
               pci="sensitive authentication data"),
    # Secrets.
    EntityType("password", "a password, a PIN or the hash of one", Group.SECRET, TEXTS | BLOBS | NUMBERS, "redact", hipaa="R"),
    EntityType("secret", "a key or a token that opens something", Group.SECRET, TEXTS | BLOBS, "redact", hipaa="R"),
    # What a person does and is.
    _quasi("organization", "a company's name", "company"),
    _quasi("job_title", "a person's job", "job_title"),
    _quasi("education", "a person's education", None, None, ANY),
    _quasi("gender", "a person's gender", None, None, ANY),
    _quasi("marital_status", "a person's marital status", None, None, ANY),
    _quasi("nationality", "a person's nationality", None, None, ANY),
    _quasi("salary", "what a person earns or owns", "number_noise", None, ANY),
    _sensitive("race", "a person's race"),
    _sensitive("ethnicity", "a person's ethnic origin"),
    _sensitive("religion", "a person's religion"),
    _sensitive("political_opinion", "a person's political opinion"),
    _sensitive("trade_union", "a trade union membership"),
    _sensitive("sexual_orientation", "a person's sex life or orientation"),
    _sensitive("medical", "a person's health"),
    _sensitive("medical_code", "a code of a diagnosis or a treatment"),
    _sensitive("disability", "a disability"),
    _sensitive("genetic", "a genetic finding"),
    _sensitive("criminal_record", "a conviction or an offence", gdpr="10"),
    EntityType("free_text", "free text that tells of people", Group.TEXT, TEXTS, "free_text", hipaa="R"),
)  # fmt: skip

TAXONOMY = {entity.name: entity for entity in _ALL}
