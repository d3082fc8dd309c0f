"""Free text: what is found of people in it is replaced, the rest is kept, and nothing is promised."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field, field_validator

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.charset import in_charset
from engine.masking.choose import cut
from engine.masking.city import City
from engine.masking.codes import ascii_digits, code
from engine.masking.email import Email
from engine.masking.full_name import FullName
from engine.masking.inner import inner_subject, mask_inside
from engine.masking.phone import Phone
from engine.masking.places import countries
from engine.masking.shapes import shape_like
from engine.masking.street import Street
from engine.masking.writing import replace_digits
from engine.problems import Problem, Severity
from engine.text.entities import IDS
from engine.text.find import Engine, find
from engine.text.spans import Span

MASKED_BY: dict[str, type[Masker]] = {
    "person": FullName,
    "place": City,
    "address": Street,
    "email": Email,
    "phone": Phone,
}
NUMBERS = frozenset({"number", "card", "iban", "ssn", "ip", "mac"})
"""Finds that get other digits; those of `IDS` get other letters too, which can be those of a name."""
REPLACED = MASKED_BY.keys() | NUMBERS | IDS | {"url"}
"""Finds that are replaced; the others are kept."""


class FreeText(Masker):
    """Replaces in each text the row's own known values, then e-mail and web addresses, telephone and other numbers, the ids that
    authorities, insurers and banks give, streets, and the people and places that our lists and a language model of the text's language
    find, where one is installed. The same person gets the same name as in columns of names.

    This is not a promise: models overlook names, and a text can tell who it is about without one. It is reported as residual risk,
    never as masked. Use `redact` or `null` where that is too little. Dates, organisations and names of countries are kept.
    """

    name = "free_text"
    title = "Free text, known and found entities replaced (residual risk)"
    domain = "free_text"
    properties = Properties(overlap="kept")
    version = 2
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"engine": "patterns"},)

    columns: dict[str, str] = Field(default_factory=dict)
    """Columns of the row whose values are replaced wherever the text repeats them, each with its mask: `{ Email = "email" }`."""
    engine: Engine = "ner"
    """`ner`: patterns and a language model, about a second per thousand texts; `patterns`: no names of people or places."""
    locale: str | None = None
    """Whose names and places stand in; without it the plan's."""

    @field_validator("columns")
    @classmethod
    def _known_masks(cls, columns: dict[str, str]) -> dict[str, str]:
        from engine.masking import registry

        for mask in columns.values():
            if mask not in registry():
                raise ValueError(f"there is no mask {mask!r}")
        return columns

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        for column, mask in self.columns.items():
            for problem in self._masker(mask).check(inner_subject(subject, column)):
                yield self.problem(subject, problem.code, problem.reason, problem.remedy, problem.severity)
        yield self.problem(
            subject,
            "free-text-residual",
            "what is found in free text is replaced, what is overlooked stays: reported as residual risk, never as masked.",
            "Accept this warning, or mask the column with `redact` or `null`.",
            Severity.WARNING,
        )

    def reads_columns(self, subject: Subject) -> tuple[str, ...]:
        return tuple(self.columns)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        encoded = values.dictionary_encode()
        texts: list[str] = encoded.dictionary.to_pylist()
        found = [[span for span in spans if span.entity in REPLACED] for spans in find(texts, self.engine)]
        known = [name for name in self.columns if name in context.row]
        if not known:
            masked = pa.array(self._rewritten(texts, found, context), pa.string())
            return self._fitted(masked.take(encoded.indices), context)
        rows = encoded.indices.to_pylist()
        spans = self._with_known(texts, found, rows, known, context)
        whole = [texts[index] if index is not None else "" for index in rows]
        masked = pa.array(self._rewritten(whole, spans, context), pa.string())
        return self._fitted(pc.if_else(pc.is_null(values), None, masked), context)

    def _fitted(self, texts: pa.Array, context: Context) -> pa.Array:
        column = context.subject.column
        return cut(in_charset(texts, column), column.length)

    def _with_known(
        self,
        texts: Sequence[str],
        found: Sequence[list[Span]],
        rows: Sequence[int | None],
        known: Sequence[str],
        context: Context,
    ) -> list[list[Span]]:
        """The finds of each row, behind those of its own known values. A loop over rows: each has values of its own."""
        columns = [context.row[name].cast(pa.string()).to_pylist() for name in known]
        out: list[list[Span]] = []
        for row, index in enumerate(rows):
            if index is None:
                out.append([])
                continue
            own = [(name, column[row]) for name, column in zip(known, columns, strict=True)]
            out.append(_clipped(_occurrences(texts[index], own), found[index]))
        return out

    def _rewritten(self, texts: Sequence[str], spans: Sequence[list[Span]], context: Context) -> list[str]:
        """The texts with every span replaced; each distinct find is masked once, with all others of its kind."""
        wanted: dict[str, dict[str, str]] = {}
        for text, of_text in zip(texts, spans, strict=True):
            for span in of_text:
                wanted.setdefault(span.entity, {})[text[span.start : span.end]] = ""
        for entity, pieces in wanted.items():
            masked = self._masked(entity, pa.array(list(pieces), pa.string()), context)
            wanted[entity] = dict(zip(pieces, masked.to_pylist(), strict=True))
        return [_replaced(text, of_text, wanted) for text, of_text in zip(texts, spans, strict=True)]

    def _masked(self, entity: str, pieces: pa.Array, context: Context) -> pa.Array:
        if entity in self.columns:
            return mask_inside(self._masker(self.columns[entity]), pieces, context, entity)
        if entity in NUMBERS:
            key = context.key.child("number")
            return replace_digits(
                ascii_digits(pieces), lambda digits, rows: digits_like(digits, key.cmac(pieces.take(pa.array(rows))))
            )
        if entity in IDS:
            return shape_like(ascii_digits(pieces), context.key.child("id"))
        if entity == "url":
            return pc.binary_join_element_wise("https://example.com", code(context.key.cmac(pieces, "url"), 12), "/")
        masker = MASKED_BY[entity](**({} if entity == "phone" else {"locale": self.locale}))
        masked = mask_inside(masker, pieces, context, entity)
        if entity == "place":
            is_country = pa.array([bool(code) for code in countries(pieces, "")])
            return pc.if_else(is_country, pieces, masked)
        return masked

    def _masker(self, mask: str) -> Masker:
        from engine.masking import make_masker, masker_class

        options = {"locale": self.locale} if self.locale and "locale" in masker_class(mask).model_fields else {}
        return make_masker(mask, options)


def digits_like(digits: Any, tags: Any) -> Any:
    """Other digits chosen by the tags, as many."""
    out = digits.copy()
    for place in range(digits.shape[1]):
        word = tags[:, place % 2] >> (place // 2 * 3 % 60)
        out[:, place] = (word * 0x9E3779B97F4A7C15 >> 32) % 10
    return out


def _occurrences(text: str, known: Sequence[tuple[str, str | None]]) -> list[Span]:
    """Where the text repeats a known value as a whole word, whatever its case; longer values first."""
    spans: list[Span] = []
    folded = text.casefold()
    for name, value in sorted(known, key=lambda pair: -len(pair[1] or "")):
        if value is None or len(value.strip()) < 2 or value.strip().casefold() not in folded:
            continue
        for match in re.finditer(rf"(?<!\w){re.escape(value.strip())}(?!\w)", text, re.IGNORECASE):
            if not any(match.start() < span.end and span.start < match.end() for span in spans):
                spans.append(Span(match.start(), match.end(), name))
    return spans


def _clipped(known: list[Span], found: list[Span]) -> list[Span]:
    """Known values and finds, the finds cut where a known value covers them."""
    spans = list(known)
    for span in found:
        start = span.start
        for other in sorted(known, key=lambda other: other.start):
            if other.start < span.end and start < other.end:
                if start < other.start:
                    spans.append(Span(start, other.start, span.entity))
                start = other.end
        if start < span.end:
            spans.append(Span(start, span.end, span.entity))
    return sorted(spans, key=lambda span: span.start)


def _replaced(text: str, spans: Sequence[Span], masked: dict[str, dict[str, str]]) -> str:
    out, at = [], 0
    for span in spans:
        piece = text[span.start : span.end]
        blank = piece[: len(piece) - len(piece.lstrip())], piece[len(piece.rstrip()) :]
        inner = masked[span.entity][piece].strip() if piece.strip() else ""
        out += [text[at : span.start], blank[0], inner, blank[1] if piece.strip() else ""]
        at = span.end
    return "".join([*out, text[at:]])
