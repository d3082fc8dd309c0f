"""XML documents, path by path; what no path names is emptied."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from functools import cached_property, partial
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import Field

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Subject
from engine.masking.codes import code
from engine.masking.json_documents import Token, quoted, text_of
from engine.masking.json_leaves import NULL, masked_tokens
from engine.masking.path_masker import TOO_LONG, PathMasker
from engine.masking.paths import Path, Paths
from engine.masking.xml_documents import (
    PLAIN_NAME,
    Document,
    Leaf,
    Name,
    escaped,
    parse_xml_path,
    print_xml_path,
    read_xml,
)
from engine.problems import Problem

NOT_XML = "/ (not XML)"
NOTHING = "<x/>"
"""What such a document becomes."""
PLAIN_VALUE = re.compile(r"-?(?:0|[1-9]\d*)(?:\.\d+)?|true|false")


class XmlPath(PathMasker):
    """Masks texts and attributes inside XML, each path by a mask of its own and in its domain, so that they agree with columns.

    A path names elements (`/order/line`, the second `/order/line[2]`, all `/order/*`, any depth `//email`), an attribute
    (`/order/@id`, `//@id`, `/order/@*`) or an element's own text (`/order/text()`), and everything below it; a name without a prefix
    is of any namespace that no path names. A value that no path names is emptied and counted, and the run says which paths those were;
    so is what is no XML, or has a DOCTYPE. Comments and processing instructions are dropped, CDATA becomes text; the declaration,
    namespaces and blanks between elements stay. Names that do not look like the name of a field are replaced by a code.
    """

    name = "xml_path"
    title = "XML, path by path"
    kinds = frozenset({Kind.XML, Kind.TEXT})
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"paths": {"/person/name": "full_name", "//@mail": "email"}, "default": "token"},
    )

    namespaces: dict[str, str] = Field(default_factory=dict)
    """The prefixes that paths use: `{ s = "http://example.org/shop" }`."""

    @cached_property
    def known(self) -> Paths:
        return Paths(self.paths, partial(parse_xml_path, namespaces=self.namespaces))

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.column.length is not None and subject.column.length < len(NOTHING):
            yield self.problem(
                subject, "mask-length", "no XML document fits into so few characters.", "Mask it with `null`."
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        encoded = values.cast(pa.string()).dictionary_encode()
        counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(encoded.indices).to_pylist()}
        # A document is a tree of its own: a loop over the distinct ones; the values inside are masked by column.
        batch = _Documents(self, context)
        for index, text in enumerate(encoded.dictionary.to_pylist()):
            batch.add(text, counts.get(index, 0))
        return pa.array(batch.written(), pa.string()).take(encoded.indices).cast(values.type)


@dataclass
class _Documents:
    """The distinct documents of a batch."""

    masker: XmlPath
    context: Context
    documents: list[tuple[str, Document] | str] = field(default_factory=list)
    found: dict[str | None, dict[Token, int]] = field(default_factory=lambda: defaultdict(dict))
    """The values at each of the plan's paths, with how often each occurs."""
    codes: dict[str, str] = field(default_factory=dict)

    def add(self, text: str, count: int) -> None:
        if not text.strip():
            self.documents.append(text)
            return
        try:
            declaration, document = read_xml(text, self.masker.known)
        except ValueError:
            self.context.unknown_paths[NOT_XML] += count
            self.documents.append(NOTHING)
            return
        for part in document.parts:
            if isinstance(part, Leaf) and (value := part.value.strip()):
                self._note(self.masker.known.rule(part.path), value, part.path, count)
        self.documents.append((declaration, document))

    def _note(self, rule: str | None, value: str, path: Path, count: int) -> None:
        if rule is None:
            self.context.unknown_paths[print_xml_path(path)] += count
        if rule not in self.masker.kept:
            leaves, token = self.found[rule], _token(value, self.masker.choice(rule)[0])
            leaves[token] = leaves.get(token, 0) + count

    def written(self) -> list[str]:
        """Every document masked, as text."""
        masked = {
            rule: masked_tokens(masker, leaves, self.context, part, domain)
            for rule, leaves in self.found.items()
            for masker, part, domain in [self.masker.choice(rule)]
        }
        return [text if isinstance(text, str) else self._text(*text, masked) for text in self.documents]

    def _text(self, declaration: str, document: Document, masked: dict[str | None, dict[Token, Token]]) -> str:
        out = [declaration]
        for part in document.parts:
            if isinstance(part, str):
                out.append(part)
            elif isinstance(part, Name):
                out.append(self._name(part))
            else:
                out.append(self._leaf(part, masked))
        text, limit = "".join(out), self.context.subject.column.length
        if limit is None or len(text) <= limit:
            return text
        self.context.unknown_paths[TOO_LONG] += 1
        return NOTHING

    def _leaf(self, leaf: Leaf, masked: dict[str | None, dict[Token, Token]]) -> str:
        value, rule = leaf.value.strip(), self.masker.known.rule(leaf.path)
        if not value or rule in self.masker.kept:
            return escaped(leaf.value, leaf.attribute)
        token = masked[rule][_token(value, self.masker.choice(rule)[0])]
        new = "" if token == NULL else text_of(token) if token[0] == '"' else token
        before, _, after = leaf.value.partition(value)
        return escaped(before + new + after, leaf.attribute)

    def _name(self, name: Name) -> str:
        """The name itself where a path names it or it looks like the name of a field; else a code."""
        step = str(name.path[-1])
        prefix = f"{name.prefix}:" if name.prefix else ""
        if (
            step in self.masker.known.named
            or PLAIN_NAME.fullmatch(name.local)
            or self.masker.known.rule(name.path) in self.masker.kept
        ):
            return prefix + name.local
        if name.local not in self.codes:
            self.codes[name.local] = f"x{code(self.context.key.cmac(pa.array([name.local]), 'name'), 12)[0]}"
        return prefix + self.codes[name.local]


def _token(value: str, masker: Masker) -> Token:
    """The value as JSON would have it: a number or truth only for masks that know no text."""
    return value if Kind.TEXT not in masker.kinds and PLAIN_VALUE.fullmatch(value) else quoted(value)
