"""JSON documents, path by path; what no path names becomes null."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, lru_cache
from typing import Any, ClassVar

import pyarrow as pa
import pyarrow.compute as pc
from pydantic import field_validator

from connectors.schema import Kind
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.codes import code
from engine.masking.inner import inner_subject
from engine.masking.json_documents import (
    ANY_KEY,
    PLAIN_KEY,
    Leaf,
    Path,
    leaves,
    match,
    parse_path,
    print_path,
    read,
    write,
)
from engine.masking.json_leaves import LeafType, leaf_type, mask_leaves
from engine.problems import Problem

Choice = str | dict[str, Any]
"""A mask's name, or a table with `mask` and its options, and `domain`."""
NOT_JSON = "$ (not JSON)"
TOO_LONG = "$ (too long)"
NOTHING = "null"
"""What such a document becomes: JSON's own null, so that NULL and no document stay apart."""


class JsonPath(Masker):
    """Masks the values inside JSON documents, each path by a mask of its own and in its domain, so that they agree with columns.

    A path names keys (`$.contact.email`), all elements (`[*]`) or all keys (`*`), and everything below it. A value that no path names
    becomes null and is counted, and the run says which paths those were; so do documents that are no JSON. Key order and numbers stay
    as written; keys at a `*` and those that do not look like a field's name are replaced by a code: they may be values themselves.
    """

    name = "json_path"
    title = "JSON, path by path"
    kinds = frozenset({Kind.JSON, Kind.TEXT})
    properties = Properties(overlap="kept")
    version = 1
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = ({"paths": {"$.name": "full_name", "$.emails[*]": "email"}},)

    paths: dict[str, Choice]
    """Path -> mask: `{ "$.email" = "email", "$.born" = { mask = "date_shift", days = 30 } }`."""
    default: Choice = "null"
    """The mask of values that no path names; they are counted all the same."""

    @field_validator("paths")
    @classmethod
    def _known_paths(cls, paths: dict[str, Choice]) -> dict[str, Choice]:
        for path, choice in paths.items():
            parse_path(path)
            _make(choice)
        return paths

    @field_validator("default")
    @classmethod
    def _known_default(cls, default: Choice) -> Choice:
        if _make(default).name == "keep":
            raise ValueError("values that no path names cannot be kept: name the paths to keep")
        return default

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.column.length is not None and subject.column.length < len(NOTHING):
            yield self.problem(
                subject, "mask-length", "no JSON document fits into so few characters.", "Mask it with `null`."
            )
        for path, choice in {**self.paths, "(default)": self.default}.items():
            masker = _make(choice)
            if masker.roles:
                yield self.problem(
                    subject,
                    "json-mask",
                    f"at {path} stands {masker.name}, which masks several columns together.",
                    "Name one mask per path: street, city, postcode.",
                )
            for problem in masker.check(inner_subject(subject, path, _kind_for(masker))):
                yield self.problem(
                    subject, problem.code, f"at {path}: {problem.reason}", problem.remedy, problem.severity
                )

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        encoded = values.cast(pa.string()).dictionary_encode()
        counts = {entry["values"]: entry["counts"] for entry in pc.value_counts(encoded.indices).to_pylist()}
        texts = encoded.dictionary.to_pylist()
        # A document is a tree of its own: reading and writing it is a loop over the distinct ones; the values inside are masked by
        # column, all of one path and type together.
        holders = [_read(text) if text.strip() else [None] for text in texts]
        self._mask_documents(holders, [counts.get(index, 0) for index in range(len(texts))], context)
        limit = context.subject.column.length
        written = [self._written(text, holder, limit, context) for text, holder in zip(texts, holders, strict=True)]
        return pa.array(written, pa.string()).take(encoded.indices).cast(values.type)

    def _mask_documents(self, holders: list[list[Any]], counts: list[int], context: Context) -> None:
        groups: dict[tuple[str | None, LeafType], list[Leaf]] = {}
        rule_of = cache(lambda path: match(path, self._rules))
        for holder, count in zip(holders, counts, strict=True):
            if not holder:
                context.unknown_paths[NOT_JSON] += count
                continue
            for leaf in list(leaves(holder, 0)):
                rule = rule_of(leaf.path)
                if rule is None and leaf.value is not None and leaf.value != {} and leaf.value != []:
                    context.unknown_paths[print_path(leaf.path)] += count
                groups.setdefault((rule, leaf_type(leaf.value)), []).append(leaf)
        for (rule, type_), found in groups.items():
            choice = self.default if rule is None else self.paths[rule]
            domain = choice.get("domain") if isinstance(choice, dict) else None
            mask_leaves(_make(choice), type_, found, context, rule or "default", domain)
        for holder in holders:
            if holder:
                holder[0] = self._with_plain_keys(holder[0], (), context)

    def _with_plain_keys(self, value: Any, path: Path, context: Context) -> Any:
        """The document with keys that may be values replaced, unless a path names them."""
        if self._is_kept(path):
            return value
        if isinstance(value, list):
            return [self._with_plain_keys(inner, (*path, "[*]"), context) for inner in value]
        if not isinstance(value, dict):
            return value
        return {
            self._key(key, (*path, key), context): self._with_plain_keys(inner, (*path, key), context)
            for key, inner in value.items()
        }

    def _is_kept(self, path: Path) -> bool:
        rule = match(path, self._rules)
        return rule is not None and _make(self.paths[rule]).name == "keep"

    def _key(self, key: str, path: Path, context: Context) -> str:
        if key in self._named or (PLAIN_KEY.fullmatch(key) and not self._is_any(path)) or self._is_kept(path):
            return key
        return str(code(context.key.cmac(pa.array([key]), "key"), 12)[0])

    def _is_any(self, path: Path) -> bool:
        """Does a path of the plan say `*` here? Then the object is a map, and its keys are values, however plain they look."""
        end = len(path) - 1
        return any(
            len(rule) > end
            and rule[end] == ANY_KEY
            and all(said in (ANY_KEY, step) for said, step in zip(rule, path[:end], strict=False))
            for rule in self._rules
        )

    def _written(self, text: str, holder: list[Any], limit: int | None, context: Context) -> str | None:
        if not text.strip():
            return text
        if not holder:
            return NOTHING
        for spaced in (": " in text, False):
            out = write(holder[0], spaced)
            if limit is None or len(out) <= limit:
                return out
        context.unknown_paths[TOO_LONG] += 1
        return NOTHING

    @property
    def _rules(self) -> Mapping[Path, str]:
        return _parsed(tuple(self.paths))

    @property
    def _named(self) -> frozenset[str]:
        """Keys that some path names: a person has read them."""
        return frozenset(step for path in self._rules for step in path if step != ANY_KEY)


@lru_cache(maxsize=256)
def _parsed(paths: tuple[str, ...]) -> Mapping[Path, str]:
    return {parse_path(path): path for path in paths}


def _read(text: str) -> list[Any]:
    """The document as the only element of a list, so that it can be replaced; an empty list for what is no JSON."""
    try:
        return [read(text)]
    except (ValueError, RecursionError):
        return []


def _make(choice: Choice) -> Masker:
    """The masker of a choice. Raises ValueError."""
    from engine.masking import make_masker

    options = dict(choice) if isinstance(choice, dict) else {"mask": choice}
    options.pop("domain", None)
    name = options.pop("mask", None)
    if not isinstance(name, str):
        raise ValueError("a path has a mask: a name, or a table with `mask` and its options")
    try:
        return make_masker(name, options)
    except KeyError:
        raise ValueError(f"there is no mask {name!r}") from None


def _kind_for(masker: Masker) -> Kind:
    """A kind of column that this masker takes, as JSON has it."""
    for kind in (Kind.TEXT, Kind.INTEGER, Kind.DATE, Kind.TIMESTAMP, Kind.FLOAT, Kind.BOOLEAN):
        if kind in masker.kinds:
            return kind
    return Kind.TEXT
