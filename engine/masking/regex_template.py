"""Texts drawn from a template."""

from __future__ import annotations

import math
from collections.abc import Iterator
from functools import cached_property
from typing import ClassVar

import pyarrow as pa
from pydantic import field_validator

from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.columns import keep_null, words_of
from engine.masking.template import Node, TemplateError, parse_template
from engine.problems import Problem

UNIQUE_BITS = 80


class RegexTemplate(Masker):
    """Each text by one that matches a template, a regular expression without `*`, `+` and look-around, equal texts by equal ones.

    It keeps nothing of the text but equality. Distinct texts can become one where the template has fewer than 2^80 texts, so unique
    columns need a template of more.
    """

    name = "regex_template"
    title = "Text of a template, such as [A-Z]{2}-\\d{6}"
    properties = Properties()
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"template": r"[A-Z]{2}-\d{4}"},
        {"template": r"(AB|CDE?)[0-9a-f]{3,5}\.x"},
    )

    template: str
    r"""A regular expression of literals, `[A-Z0-9]`, `\d`, `\w`, `( | )`, `?`, `{n}` and `{m,n}`: `[A-Z]{2}-\d{6}`."""

    @field_validator("template")
    @classmethod
    def _known(cls, template: str) -> str:
        try:
            parse_template(template)
        except TemplateError as error:
            raise ValueError(str(error)) from None
        return template

    @cached_property
    def parsed(self) -> Node:
        return parse_template(self.template)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        length = subject.column.length
        if length is not None and self.parsed.longest > length:
            reason = f"The template gives up to {self.parsed.longest} characters and the column takes {length}."
            yield self.problem(subject, "template-length", reason, "Shorten it.")

    def bijective_on(self, subject: Subject) -> bool:
        return self.parsed.bits >= UNIQUE_BITS

    def expected_overlap(self, subject: Subject, distinct_source: int, distinct_target: int) -> float | None:
        """If all of the source matched the template: a random text of it is one of them by chance."""
        return distinct_source * distinct_target / math.pow(2.0, self.parsed.bits)

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        node = self.parsed
        words = context.key.words(words_of(values, context, "regex_template"), max(node.draws, 1), "regex_template")
        return keep_null(node.draw(words).cast(values.type), values)
