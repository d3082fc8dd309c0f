"""What a sample of values says a column holds. Looks at distinct values only, and never lets one out."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass
from functools import lru_cache
from json import loads

import phonenumbers
import pyarrow as pa
import pyarrow.compute as pc
from stdnum import iban, luhn

from engine.masking import lists

MOST = 1000
"""Distinct values looked at per column."""
LEAST = 3
"""With fewer, only the unmistakable counts."""


OTHERS = {"json": "documents", "uuid": "UUIDs", "day": "dates", "moment": "times", "date": "dates"}


@dataclass(frozen=True, slots=True)
class Seen:
    entity: str
    """The name of an entity of `propose_names`, or one of `OTHERS`."""
    share: float
    count: int

    @property
    def words(self) -> str:
        return f"{self.share:.0%} of {self.count} distinct values"


def look(values: pa.Array) -> Seen | None:
    """The first kind of value that most of the sample are; None where nothing is recognised or the sample is empty."""
    texts = _texts(values)
    if not texts:
        return None
    for entity, least, test in _TESTS:
        share = sum(map(test, texts)) / len(texts)
        if share >= least and (len(texts) >= LEAST or entity in _UNMISTAKABLE):
            return Seen(entity, share, len(texts))
    return None


def holds_personal(values: pa.Array) -> Seen | None:
    """E-mail addresses, card numbers or IBANs anywhere inside longer texts, even in a few of them."""
    texts = _texts(values)
    hits = sum(1 for text in texts if _INSIDE.search(text))
    return Seen("free_text", hits / len(texts), len(texts)) if hits else None


def initials(values: pa.Array) -> str | None:
    """The template of a column of names in which most are initials: `[A-Z]` or `[A-Z]\\.`; None for other columns."""
    texts = _texts(values)
    short = [text for text in texts if len(text.rstrip(".")) == 1]
    if not texts or len(short) * 2 < len(texts):
        return None
    return r"[A-Z]\." if sum(text.endswith(".") for text in short) * 2 > len(short) else "[A-Z]"


def usual_labels(values: pa.Array) -> tuple[str, ...]:
    """The labels of a gender or a marital status in the sample, if it holds nothing else: words that may stand in a plan."""
    texts = _texts(values)
    return tuple(sorted(texts)) if len(texts) > 1 and all(text.casefold() in _LABELS for text in texts) else ()


_LABELS = frozenset("""
    m f d x u o n w s 0 1 2 9 male female diverse other unknown none man woman mann frau männlich weiblich divers ledig verheiratet
    geschieden verwitwet homme femme masculin féminin célibataire marié mariée divorcé divorcée veuf veuve hombre mujer masculino
    femenino soltero soltera casado casada divorciado divorciada viudo viuda maschio femmina uomo donna celibe nubile coniugato
    coniugata divorziato divorziata vedovo vedova vrouw mannelijk vrouwelijk ongehuwd gehuwd gescheiden homem mulher feminino
    solteiro solteira divorciado viúvo viúva single married divorced widowed separated nonbinary non-binary
""".split())  # fmt: skip


def _texts(values: pa.Array) -> list[str]:
    # A dictionary of at most MOST values: the checks below have no vectorised form.
    try:
        distinct = pc.unique(values.drop_null()).slice(0, MOST).cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return []
    return [text.strip() for text in distinct.to_pylist() if text and text.strip()]


_EMAIL = re.compile(r"[^@\s,;<>]+@[^@\s,;<>]+\.[A-Za-z]{2,}")
_INSIDE = re.compile(r"[\w.+-]+@[\w-]+\.[A-Za-z]{2,}|\b[A-Z]{2}\d{2}(?: ?[A-Z0-9]{4}){3,7}\b|\b\d{3}-\d{2}-\d{4}\b")
_UUID = re.compile(r"[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_URL = re.compile(r"(?i)(https?|ftp)://\S+|www\.\S+\.\S+|#http\S*#")
_IP = re.compile(
    r"(\d{1,3}\.){3}\d{1,3}(/\d+)?|[0-9a-fA-F]{0,4}(:[0-9a-fA-F]{0,4}){2,7}(/\d+)?|([0-9a-fA-F]{2}[:-]){5}[0-9a-fA-F]{2}"
)
_SSN = re.compile(r"\d{3}-\d{2}-\d{4}")
_DAY = re.compile(r"(1[89]|20)\d\d-[01]\d-[0-3]\d")
_MOMENT = re.compile(r"(1[89]|20)\d\d-[01]\d-[0-3]\d[ T]\d\d:\d\d[\d:.+Z-]*")
_DATE = re.compile(r"[0-3]?\d[./-][0-3]?\d[./-](1[89]|20)?\d\d|(1[89]|20)\d\d[./][01]?\d[./][0-3]?\d")
_PHONE = re.compile(r"\+?[\d\s().\-/x]{7,25}")
_NAME = re.compile(r"[^\W\d_][^\W\d_'’.-]*(?:[ -][^\W\d_]['’.\w-]*){1,4}")


def _phone(text: str) -> bool:
    if not _PHONE.fullmatch(text) or not any(sign in text for sign in "+ ().-/") or _day(text):
        return False
    for region in (None,) if text.startswith("+") else ("US", "DE", "GB", "FR"):
        try:
            if phonenumbers.is_possible_number(phonenumbers.parse(text, region)):
                return True
        except phonenumbers.NumberParseException:
            continue
    return False


def _day(text: str) -> bool:
    return any(form.fullmatch(text) for form in (_DAY, _MOMENT, _DATE))


def _card(text: str) -> bool:
    digits = re.sub(r"[ -]", "", text)
    return digits.isascii() and digits.isdigit() and 13 <= len(digits) <= 19 and bool(luhn.is_valid(digits))


def _json(text: str) -> bool:
    if text[0] not in "{[":
        return False
    try:
        loads(text)
    except (ValueError, RecursionError):
        return False
    return True


def _first_name(text: str) -> bool:
    return text.casefold() in _first_names()


def _last_name(text: str) -> bool:
    return text.casefold() in _last_names()


def _full_name(text: str) -> bool:
    if not _NAME.fullmatch(text):
        return False
    words = text.casefold().replace(",", " ").split()
    return words[0] in _first_names() or words[-1] in _first_names()


@lru_cache(maxsize=1)
def _first_names() -> frozenset[str]:
    return _listed("first_")


@lru_cache(maxsize=1)
def _last_names() -> frozenset[str]:
    return _listed("last")


def _listed(prefix: str) -> frozenset[str]:
    names = [
        file.removesuffix(".txt")
        for file in lists.manifest()["lists"]
        if file.startswith(prefix) and file.endswith(".txt")
    ]
    return frozenset(name.casefold() for listed in names for name in lists.load(listed).to_pylist())


_UNMISTAKABLE = frozenset({"email", "iban", "uuid", "day", "moment", "json"})
_TESTS: tuple[tuple[str, float, Callable[[str], bool]], ...] = (
    ("email", 0.6, lambda text: _EMAIL.fullmatch(text) is not None),
    ("uuid", 0.9, lambda text: _UUID.fullmatch(text) is not None),
    ("iban", 0.8, lambda text: bool(iban.is_valid(text))),
    ("credit_card", 0.8, _card),
    ("url", 0.8, lambda text: _URL.fullmatch(text) is not None),
    ("ip", 0.8, lambda text: _IP.fullmatch(text) is not None),
    ("national_id", 0.8, lambda text: _SSN.fullmatch(text) is not None),
    ("day", 0.9, lambda text: _DAY.fullmatch(text) is not None),
    ("moment", 0.9, lambda text: _MOMENT.fullmatch(text) is not None),
    ("date", 0.9, _day),
    ("phone", 0.7, _phone),
    ("json", 0.9, _json),
    ("full_name", 0.6, _full_name),
    ("first_name", 0.6, _first_name),
    ("last_name", 0.6, _last_name),
)
