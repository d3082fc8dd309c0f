"""Lists inside one cell, element by element."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from functools import cached_property
from typing import Any, ClassVar, Literal

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import field_validator

from connectors.schema import Column, Kind
from engine.masking.array_text import (
    NEVER,
    NULL,
    array_of,
    element_column,
    is_element,
    pieces,
    plain,
    quoted,
    text_of,
    value_of,
)
from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.choose import by_distinct
from engine.masking.columns import over_distinct
from engine.masking.inner import check_inside, inner_subject, mask_inside
from engine.masking.json_path import JsonPath
from engine.masking.path_masker import Choice, choice_domain, make_choice
from engine.problems import Problem


class Elements(Masker):
    """Each element of a list by a mask for one value, in that mask's domain, so that elements agree with columns.

    Lists are PostgreSQL's arrays of any dimensions, JSON arrays, and texts with a separator. What stays is the number of elements,
    dimensions, lower bounds, and which elements are NULL; so does `infinity`, while dates before Christ and after
    9999 become NULL. A list that gets longer than its column loses elements at its end.
    """

    name = "elements"
    title = "List, element by element"
    kinds = frozenset({Kind.ARRAY, Kind.JSON, Kind.TEXT})
    properties = Properties(overlap="kept")
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"of": "token"},
        {"of": {"mask": "email", "domain": "contact"}, "separator": " "},
    )

    of: Choice
    """The mask of an element: its name, or a table with `mask` and its options, and `domain`."""
    separator: str | None = None
    """What stands between the elements of a text: `;`. Without it a text is a JSON array."""
    type: Literal["text", "integer"] = "text"
    """What the elements of a text with a separator are: whole numbers are masked as a column of whole numbers is."""

    @field_validator("of")
    @classmethod
    def _known(cls, choice: Choice) -> Choice:
        if make_choice(choice).name == "keep":
            raise ValueError("elements that are kept are a column that is kept: say so, with the reason")
        return choice

    @field_validator("separator")
    @classmethod
    def _not_empty(cls, separator: str | None) -> str | None:
        if separator == "":
            raise ValueError("a separator has at least one character")
        return separator

    @cached_property
    def masker(self) -> Masker:
        return make_choice(self.of)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        kind = subject.column.kind
        if self.separator is not None and kind in (Kind.ARRAY, Kind.JSON):
            reason = f"elements of {subject.column.native} have no separator of yours."
            yield self.problem(subject, "elements-separator", reason, "Take `separator` out.")
        elif kind is Kind.JSON or (kind is Kind.TEXT and self.separator is None):
            yield from self._json.check(subject)
        elif kind in self.kinds:
            for problem in check_inside(self.masker, inner_subject(subject, "element", column=self._element(subject))):
                reason = f"of an element: {problem.reason}"
                yield self.problem(subject, problem.code, reason, problem.remedy, problem.severity)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        if context.subject.column.kind is Kind.ARRAY:
            return over_distinct(values, lambda texts: self._arrays(texts, context))
        if self.separator is None:
            return self._json.mask_column(values, context)
        return by_distinct(values, lambda texts: self._lists(texts, self.separator or "", context))

    def _element(self, subject: Subject) -> Column:
        if subject.column.kind is Kind.ARRAY:
            return element_column(subject.column)
        kind = Kind.INTEGER if self.type == "integer" else Kind.TEXT
        return replace(subject.column, kind=kind, native=self.type, precision=64 if kind is Kind.INTEGER else None)

    @property
    def _json(self) -> JsonPath:
        return JsonPath(paths={"$[*]": self.of})

    def _masked(self, values: pa.Array, context: Context) -> pa.Array:
        column = self._element(context.subject)
        return mask_inside(self.masker, values, context, "element", domain=choice_domain(self.of), column=column)

    def _arrays(self, texts: pa.Array, context: Context) -> pa.Array:
        # Arrays are text here, and no kernel reads them: a loop over the distinct ones; their elements are masked together.
        column = self._element(context.subject)
        cut = [pieces(text) for text in texts.to_pylist()]
        known, others = dict[str, Any](), dict[str, str]()
        for piece in dict.fromkeys(piece for _, array in cut for piece in array if is_element(piece)):
            try:
                known[piece] = value_of(plain(piece), column.kind)
            except ValueError:
                others[piece] = piece if plain(piece) in NEVER else NULL
        masked = self._masked(array_of(list(known.values()), column), context).to_pylist()
        image = others | {
            piece: quoted(text_of(value, column.kind)) for piece, value in zip(known, masked, strict=True)
        }
        return pa.array(
            [bounds + "".join([image.get(piece, piece) for piece in array]) for bounds, array in cut], texts.type
        )

    def _lists(self, texts: pa.Array, separator: str, context: Context) -> pa.Array:
        lists = pc.split_pattern(texts, pattern=separator)
        elements = lists.flatten()
        masked = by_distinct(pc.utf8_trim_whitespace(elements), lambda distinct: self._one(distinct, context))
        masked = pc.replace_substring(masked.fill_null(""), pattern=separator, replacement="")
        blank = pc.if_else(pc.starts_with(elements, " "), pa.scalar(" "), pa.scalar(""))
        parts = pa.ListArray.from_arrays(lists.offsets, pc.binary_join_element_wise(blank, masked, ""))
        return _fitting(pc.binary_join(parts, separator), separator, context.subject.column.length)

    def _one(self, distinct: pa.Array, context: Context) -> pa.Array:
        """Elements of a text masked, as text."""
        if self.type == "text":
            return self._masked(distinct, context)
        try:
            numbers = pc.if_else(pc.equal(distinct, ""), None, distinct).cast(pa.int64())
        except pa.ArrowInvalid:
            reason, remedy = "an element is no whole number.", 'Take `type = "integer"` out.'
            raise MaskError(context.subject, "elements-type", reason, remedy) from None
        return self._masked(numbers, context).cast(pa.string())


def _fitting(texts: pa.Array, separator: str, limit: int | None) -> pa.Array:
    """Without the last elements of the few texts that got too long."""
    if limit is None:
        return texts
    long = pc.greater(pc.utf8_length(texts), limit).fill_null(False)
    if not pc.any(long).as_py():
        return texts
    short = []
    for text in texts.filter(long).to_pylist():
        head = text[: limit + len(separator)]
        short.append(head.rpartition(separator)[0])
    return pc.replace_with_mask(texts, long, pa.array(short, texts.type))
