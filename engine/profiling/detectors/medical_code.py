"""Codes of diagnoses, findings, laboratory tests and medicines."""

from __future__ import annotations

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.detector import ValueDetector
from engine.profiling.digits import luhn, verhoeff
from engine.profiling.taxonomy import NUMBERS, TEXTS

ICD = r"^[A-TV-Z][0-9][0-9AB](?:\.[0-9A-TV-Z]{1,4}|[0-9A-TV-Z]{0,2})$|^(?:V[0-9]{2}|E[0-9]{3})\.[0-9]{1,2}$"
PLAIN = r"^[0-9]{3}(?:\.[0-9]{1,2})?$"
"""ICD-9 without a letter."""
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
        written = pc.match_substring_regex(texts, f"{ICD}|{NDC}")
        for form, check in ((LOINC, luhn), (SNOMED, verhoeff)):
            shaped = pc.match_substring_regex(texts, form)
            if pc.any(shaped).as_py():
                written = pc.or_(written, pc.and_(shaped, check(texts)))
        if _one_series(texts):
            written = pc.and_(written, pc.match_substring_regex(texts, f"[.]|{NDC}|{LOINC}|{SNOMED}"))
        # Numbers alone are amounts: they count where others of the column have a letter.
        plain = pc.match_substring_regex(texts, PLAIN)
        lettered = pc.mean(pc.match_substring_regex(texts, r"^[A-Z][0-9]+\.")).as_py() or 0.0
        return pc.or_(written, plain) if lettered > 0.1 else written


def _one_series(texts: pa.Array) -> bool:
    """Several codes with one letter before them all: `J01`, `J02` are of somebody's own making."""
    return len(texts) > 1 and len(pc.unique(pc.utf8_slice_codeunits(texts, 0, 1))) == 1
