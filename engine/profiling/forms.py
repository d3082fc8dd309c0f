"""How the texts of a column are written, whatever they mean: what a mask has to write again."""

from __future__ import annotations

from dataclasses import replace

import pyarrow as pa
import pyarrow.compute as pc

from engine.profiling.facts import ColumnFacts
from engine.profiling.finding import Finding

FORMS = {
    "uuid": r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}",
    "day": r"(1[89]|20)\d\d-[01]\d-[0-3]\d",
    "moment": r"(1[89]|20)\d\d-[01]\d-[0-3]\d[ T]\d\d:\d\d[\d:.+Z-]*",
    "date": r"[0-3]?\d[./-][0-3]?\d[./-](1[89]|20)?\d\d|(1[89]|20)\d\d[./][01]?\d[./][0-3]?\d",
}
"""Form -> the expression that its texts match."""
WORDS = {"uuid": "UUIDs", "day": "dates", "moment": "times", "date": "dates"}
NEARLY_ALL = 0.9
LEAST = 3
"""Of fewer different texts only those of ISO 8601 and of RFC 9562 are told."""
LABELS = tuple("""
    m f d x u o n w s 0 1 2 9 male female diverse other unknown none man woman mann frau männlich weiblich divers ledig verheiratet
    geschieden verwitwet homme femme masculin féminin célibataire marié mariée divorcé divorcée veuf veuve hombre mujer masculino
    femenino soltero soltera casado casada divorciado divorciada viudo viuda maschio femmina uomo donna celibe nubile coniugato
    coniugata divorziato divorziata vedovo vedova vrouw mannelijk vrouwelijk ongehuwd gehuwd gescheiden homem mulher feminino
    solteiro solteira divorciado viúvo viúva single married divorced widowed separated nonbinary non-binary
""".split())  # fmt: skip
"""Of a gender or a marital status: words that everybody uses, so that they may stand in a plan."""


def with_form(facts: ColumnFacts, finding: Finding) -> Finding:
    """The finding, and how the column's texts are written."""
    return replace(finding, form=form_of(facts), labels=labels_of(facts))


def form_of(facts: ColumnFacts) -> str | None:
    """The form of nearly all texts; None where they have none that a mask needs to know."""
    texts = facts.texts
    for form, pattern in FORMS.items():
        if len(texts) and (len(texts) >= LEAST or form != "date"):
            share = (pc.sum(pc.match_substring_regex(texts, f"^(?:{pattern})$")).as_py() or 0) / len(texts)
            if share >= NEARLY_ALL:
                return form
    return _initials(texts)


def _initials(texts: pa.Array) -> str | None:
    """`initial` or `initial.` where at least half of the texts are one letter."""
    letters = texts.filter(pc.match_substring_regex(texts, r"^\p{L}\.?$"))
    if not len(letters) or len(letters) * 2 < len(texts):
        return None
    dotted = pc.sum(pc.ends_with(letters, ".")).as_py() or 0
    return "initial." if dotted * 2 > len(letters) else "initial"


def labels_of(facts: ColumnFacts) -> tuple[str, ...]:
    """The labels of the column, where all of them are words that everybody uses for a gender or a marital status."""
    texts = facts.texts
    if not 1 < len(texts) <= len(LABELS):
        return ()
    usual = pc.all(pc.is_in(pc.utf8_lower(texts), value_set=pa.array(LABELS))).as_py()
    return tuple(sorted(texts.to_pylist())) if usual else ()
