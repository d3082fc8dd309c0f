"""JSON documents, path by path; what no path names becomes null."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import ClassVar

import pyarrow as pa
import pyarrow.compute as pc

from connectors.schema import Kind
from engine.masking.base import Context, Subject
from engine.masking.codes import code
from engine.masking.json_documents import Shape, Token, compact, key_of, places, quoted, shape, tokens
from engine.masking.json_leaves import NULL, masked_tokens
from engine.masking.path_masker import TOO_LONG, PathMasker
from engine.masking.paths import PLAIN_KEY, Path, print_path
from engine.problems import Problem

NOT_JSON = "$ (not JSON)"
"""Such a document becomes JSON's own null, so that NULL and no document stay apart."""
MOST_SHAPES = 10_000

Found = Mapping[str | None, dict[Token, int]]


class JsonPath(PathMasker):
    """Masks the values inside JSON documents, each path by a mask of its own and in its domain, so that they agree with columns.

    A path names keys (`$.contact.email`, `$['odd key']`), elements (`$.items[0]`), all keys or elements (`*`, `[*]`) or any depth
    (`$..email`), and everything below it. A value that no path names becomes null and is counted, and the run says which paths those
    were; so do documents that are no JSON. Everything else stays byte for byte: order, repeated keys, blanks, the writing of numbers.
    Keys at a `*` and those that do not look like a field's name are replaced by a code: they may be values themselves. A text that
    holds JSON takes `json_path` as its own mask.
    """

    name = "json_path"
    title = "JSON, path by path"
    kinds = frozenset({Kind.JSON, Kind.TEXT})
    version = 2
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"paths": {"$.name": "full_name", "$.emails[*]": "email"}},)

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.column.length is not None and subject.column.length < len(NULL):
            yield self.problem(
                subject, "mask-length", "no JSON document fits into so few characters.", "Mask it with `null`."
            )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        encoded = values.cast(pa.string()).dictionary_encode()
        counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(encoded.indices).to_pylist()}
        texts = encoded.dictionary.to_pylist()
        # A document is a tree of its own: reading and writing it is a loop over the distinct ones; the values inside are masked by
        # column, all of one path and type together.
        batch = _Documents(self, context)
        for index, text in enumerate(texts):
            batch.add(text, counts.get(index, 0))
        return pa.array(batch.written(), pa.string()).take(encoded.indices).cast(values.type)


@dataclass(frozen=True, slots=True)
class _Layout:
    """What is known of all documents of one shape."""

    frame: Sequence[Token]
    """Their tokens, with the keys that may be values replaced."""
    masked: Sequence[tuple[int, str | None]]
    """The positions of the leaves that do not stay, each with the plan's path for it."""
    unknown: Sequence[tuple[int, str]]
    """The positions of the leaves that no path names, each with its path as it is printed."""


@dataclass
class _Documents:
    """The distinct documents of a batch."""

    masker: JsonPath
    context: Context
    documents: list[tuple[list[Token], _Layout] | str] = field(default_factory=list)
    """The tokens of each; or the text to write, where there is no document."""
    found: dict[str | None, dict[Token, int]] = field(default_factory=lambda: defaultdict(dict))
    """The leaves at each of the plan's paths, with how often each occurs."""
    layouts: dict[Shape, _Layout] = field(default_factory=dict)

    def add(self, text: str, count: int) -> None:
        try:
            document = tokens(text) if text.strip() else []
        except (ValueError, RecursionError):
            self.context.unknown_paths[NOT_JSON] += count
            self.documents.append(NULL)
            return
        if not document:
            self.documents.append(text)
            return
        layout = self._layout(shape(document))
        for position, path in layout.unknown:
            if document[position] != NULL:
                self.context.unknown_paths[path] += count
        for position, rule in layout.masked:
            leaves = self.found[rule]
            leaves[document[position]] = leaves.get(document[position], 0) + count
        self.documents.append((document, layout))

    def written(self) -> list[str]:
        """Every document masked, as text."""
        masked = {
            rule: masked_tokens(masker, leaves, self.context, part, domain)
            for rule, leaves in self.found.items()
            for masker, part, domain in [self.masker.choice(rule)]
        }
        return [text if isinstance(text, str) else self._text(*text, masked) for text in self.documents]

    def _text(self, document: list[Token], layout: _Layout, masked: Mapping[str | None, Mapping[Token, Token]]) -> str:
        out = [kept or leaf for kept, leaf in zip(layout.frame, document, strict=True)]
        for position, rule in layout.masked:
            out[position] = masked[rule][document[position]]
        limit = self.context.subject.column.length
        text = "".join(out)
        if limit is None or len(text) <= limit:
            return text
        text = "".join(compact(out))
        if len(text) <= limit:
            return text
        self.context.unknown_paths[TOO_LONG] += 1
        return NULL

    def _layout(self, found: Shape) -> _Layout:
        if found not in self.layouts:
            if len(self.layouts) >= MOST_SHAPES:
                self.layouts.clear()
            self.layouts[found] = self._laid_out(found)
        return self.layouts[found]

    def _laid_out(self, found: Shape) -> _Layout:
        known, frame = self.masker.known, list(found)
        masked: list[tuple[int, str | None]] = []
        unknown: list[tuple[int, str]] = []
        for position, path, is_leaf in places(found, known.index):
            rule = known.rule(path)
            if rule in self.masker.kept:
                continue
            if not is_leaf:
                frame[position] = self._key(found[position], path)
                continue
            masked.append((position, rule))
            if rule is None:
                unknown.append((position, print_path(path)))
        return _Layout(frame, masked, unknown)

    def _key(self, token: Token, path: Path) -> Token:
        """The key itself where a path names it or it looks like the name of a field; else a code."""
        key, known = key_of(token), self.masker.known
        if key in known.named or (PLAIN_KEY.fullmatch(key) and not known.is_any(path)):
            return token
        found = str(code(self.context.key.cmac(pa.array([key]), "key"), 12)[0])
        return quoted(found) + token[token.rindex('"') + 1 :]
