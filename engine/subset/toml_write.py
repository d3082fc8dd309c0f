"""Write [subset], [[foreign_keys]] and [clone]. What says the same as before stays as a person wrote it, comments included."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any, TypeVar

import tomlkit
from tomlkit.items import AoT, Array, Item

from engine.subset.sizes import size_text
from engine.subset.spec import Coverage, DeclaredKey, Edge, Roots, Subset
from engine.subset.words import data_of
from engine.toml_text import inline, inline_text

if TYPE_CHECKING:
    from engine.plan import Plan

_Thing = TypeVar("_Thing", Edge, Coverage, DeclaredKey)


def fresh_sections(before: Plan | None, plan: Plan) -> str:
    """The text of the sections that an earlier text does not have."""
    parts: list[str] = []
    if plan.subset is not None and (before is None or before.subset is None):
        parts += subset_text(plan.subset)
    if before is None or not before.foreign_keys:
        parts += [_section("[[foreign_keys]]", data_of(key)) for key in plan.foreign_keys]
    if plan.clone is not None and (before is None or before.clone is None):
        parts.append(_section("[clone]", data_of(plan.clone)))
    return "\n".join(parts)


def subset_text(subset: Subset) -> Iterator[str]:
    """The section [subset], then its edges and goals."""
    lines = [f"seed = {subset.seed}"] if subset.seed else []
    lines.append(f"roots = {roots_text(subset.roots)}")
    lines += [f"size = {inline_text(size_text(subset.size))}"] if subset.size is not None else []
    lines += [f"whole = {inline_text(list(map(str, subset.whole)))}"] if subset.whole else []
    yield "\n".join(["[subset]", *lines, ""])
    yield from (_section("[[subset.edges]]", data_of(edge)) for edge in subset.edges)
    yield from (_section("[[subset.coverage]]", data_of(goal)) for goal in subset.coverage)


def roots_text(roots: Sequence[Roots]) -> str:
    """One in a line, where there are several."""
    if len(roots) < 2:
        return inline_text(list(map(data_of, roots)))
    return "\n".join(["[", *(f"    {inline_text(data_of(each))}," for each in roots), "]"])


def _section(heading: str, data: dict[str, Any]) -> str:
    return "\n".join([heading, *(f"{word} = {inline_text(value)}" for word, value in data.items()), ""])


def renew_sections(document: tomlkit.TOMLDocument, before: Plan, plan: Plan) -> None:
    """Change what is said otherwise now, in the sections that the document has."""
    if before.subset is not None and plan.subset is None:
        del document["subset"]
    elif before.subset is not None and plan.subset is not None:
        _renew_subset(document["subset"], before.subset, plan.subset)
    if before.foreign_keys:
        _renew_list(document, "foreign_keys", before.foreign_keys, plan.foreign_keys)
    elif plan.foreign_keys and "foreign_keys" in document:
        del document["foreign_keys"]
    if before.clone is not None and plan.clone is None:
        del document["clone"]
    elif before.clone is not None and plan.clone is not None:
        _renew_words(document["clone"], data_of(before.clone), data_of(plan.clone))


def _renew_subset(section: Any, before: Subset, subset: Subset) -> None:
    if before.roots != subset.roots:
        _put(section, "roots", tomlkit.value(roots_text(subset.roots)))
    _renew_words(section, _single(before), _single(subset))
    _renew_list(section, "edges", before.edges, subset.edges)
    _renew_list(section, "coverage", before.coverage, subset.coverage)


def _single(subset: Subset) -> dict[str, Any]:
    """What it says in one word each."""
    said = {"seed": subset.seed, "size": subset.size and size_text(subset.size), "whole": list(map(str, subset.whole))}
    return {word: value for word, value in said.items() if value}


def _renew_words(section: Any, before: dict[str, Any], now: dict[str, Any]) -> None:
    for word in before:
        if word not in now:
            del section[word]
    for word, value in now.items():
        if before.get(word) != value:
            _put(section, word, inline(value))


def _put(section: Any, word: str, value: Item) -> None:
    # A list of [[sections]] cannot be replaced where it stands by a list on a line.
    if isinstance(section.get(word), AoT):
        del section[word]
    if word in section:
        section[word] = value
    else:
        section.append(word, value)


def _renew_list(section: Any, word: str, before: tuple[_Thing, ...], now: tuple[_Thing, ...]) -> None:
    """Elements that are still said stay where they are; others go, and new ones come at the end."""
    left = tuple(thing for thing in before if thing in now)
    if before == now:
        return
    if not left or now[: len(left)] != left:
        if word in section:
            del section[word]
        if now:
            section.append(word, tomlkit.aot())
    else:
        for place in reversed(range(len(before))):
            if before[place] not in now:
                del section[word][place]
        now = now[len(left) :]
    for thing in now:
        section[word].append(_element(section[word], data_of(thing)))


def _element(listed: AoT | Array, data: dict[str, Any]) -> Item:
    if isinstance(listed, Array):
        return inline(data)
    table = tomlkit.table()
    table.trivia.indent = "\n"
    for word, value in data.items():
        table.append(word, inline(value))
    return table
