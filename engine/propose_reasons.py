"""Why a column is decided as it is, in words: what it holds, how sure that is, and the strongest evidence. Never a cell value."""

from __future__ import annotations

from connectors.schema import Column, Kind
from engine.profiling.finding import Finding
from engine.profiling.forms import WORDS
from engine.profiling.percent import percent
from engine.profiling.taxonomy import DATES, TAXONOMY

DOUBT = 0.1
"""From this probability on it is said what an undecided column may be."""


def why_words(finding: Finding, entity: str) -> str:
    """`an e-mail address (99 %): 98 % of 500 distinct values are e-mail addresses`."""
    said = TAXONOMY[entity].words
    if finding.entity == entity or not finding.inside:
        said += f" ({percent(finding.probability)})"
    return f"{said}: {finding.evidence[0]}" if finding.evidence else said


def kept_words(reason: str, finding: Finding | None) -> str:
    """Why it is kept, and how sure it is that nobody is meant."""
    return f"{reason} (personal: {percent(finding.probability)})" if finding is not None else reason


def unsure_words(column: Column, people: bool, finding: Finding | None) -> str:
    """What is known of a column that nobody can decide on by that."""
    whose = " of a person" if people else ""
    words = {
        Kind.TEXT: f"text{whose} of unknown meaning",
        Kind.ENUM: f"one of a few labels{whose}",
        Kind.BOOLEAN: f"a yes or no{whose}",
        Kind.INTEGER: f"a number{whose} of unknown meaning",
        Kind.DECIMAL: f"an amount{whose} of unknown meaning",
        Kind.FLOAT: f"a measure{whose} of unknown meaning",
        Kind.ARRAY: "a list, in which anything can stand",
        Kind.XML: "a document, in which anything can stand",
    }
    words |= dict.fromkeys(DATES, f"a date{whose} of unknown meaning")
    said = words.get(column.kind, f"{column.native}: nothing is known of what it holds")
    if finding is None:
        return said
    if finding.form in WORDS:
        said = f"{said}, written like {WORDS[finding.form]}"
    return said + doubt_words(finding)


def doubt_words(finding: Finding) -> str:
    if finding.probability < DOUBT or not finding.types:
        return ""
    entity = TAXONOMY[finding.types[0][0]].words
    evidence = f": {finding.evidence[0]}" if finding.evidence else ""
    return f"; perhaps {entity} (personal: {percent(finding.probability)}{evidence})"
