"""Codes of diagnoses, findings, laboratory tests and medicines."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.digits import luhn, verhoeff
from engine.profiling.taxonomy import NUMBERS, TEXTS

ICD = r"^[A-TV-Z][0-9][0-9AB](?:\.[0-9A-TV-Z]{1,4}|[0-9A-TV-Z]{0,2})$|^(?:V[0-9]{2}|E[0-9]{3})\.[0-9]{1,2}$"
LOINC = r"^[0-9]{1,5}-[0-9]$"
NDC = r"^[0-9]{4,5}-[0-9]{3,4}-[0-9]{1,2}$"
SNOMED = r"^[1-9][0-9]{4,15}[01][0-5][0-9]$"
"""The two digits before the last say what it is a code of: a concept (00), a description, a relationship; a 1 in
front, of a national extension."""


class MedicalCode(ValueDetector):
    """ICD-10, ICD-9 where it has letters, LOINC and SNOMED CT with their check digits, NDC."""

    name = "medical_code"
    title = "Medical code"
    entities = ("medical_code",)
    kinds = TEXTS | NUMBERS
    usual = 0.75
    hit = 0.95
    chance = 0.008
    alike = 0.6
    lengths = (3, 18)
    digits = (2, 18)
    letters = (0, 4)
    EXAMPLES = (
        "E11.9",
        "J45.909",
        "V70.0",
        "8302-2",
        "2339-0",
        "0002-8215-01",
        "44054006",
        "195662009",
        "428191000124101",
    )
    COUNTEREXAMPLES = ("8302-3", "44054007", "12345", "2024-01-15", "USD", "E-11.9", "1.5", "AB12")

    def match(self, texts: pa.Array) -> pa.Array:
        diagnosis = pc.match_substring_regex(texts, ICD)
        laboratory = pc.and_(pc.match_substring_regex(texts, LOINC), luhn(texts))
        concept = pc.and_(pc.match_substring_regex(texts, SNOMED), verhoeff(texts))
        return pc.or_(pc.or_(diagnosis, laboratory), pc.or_(concept, pc.match_substring_regex(texts, NDC)))
