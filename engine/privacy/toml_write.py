"""Write [privacy]. What says the same as before stays as a person wrote it, comments included."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import tomlkit

from engine.privacy.spec import PrivacySpec
from engine.privacy.words import bounds_of, owners_of, words_of
from engine.toml_text import inline, inline_text, key_text, renew


def privacy_text(spec: PrivacySpec) -> Iterator[str]:
    """The section, then its options, bounds and owners."""
    yield _section("[privacy]", words_of(spec))
    if spec.options:
        yield _section("[privacy.options]", spec.options)
    if spec.bounds:
        yield _section("[privacy.bounds]", bounds_of(spec))
    yield from (_section("[[privacy.owners]]", owner) for owner in owners_of(spec))


def renew_privacy(document: tomlkit.TOMLDocument, before: PrivacySpec, now: PrivacySpec | None) -> None:
    """Change what is said otherwise now, in the section that the document has."""
    if now is None:
        del document["privacy"]
        return
    section: Any = document["privacy"]
    renew(section, words_of(before), words_of(now))
    for word, old, new in (("options", before.options, now.options), ("bounds", bounds_of(before), bounds_of(now))):
        if new and word not in section:
            section.append(word, tomlkit.table())
        if old or new:
            renew(section[word], old, new)
    if owners_of(before) != owners_of(now):
        _renew_owners(section, owners_of(now))


def _renew_owners(section: Any, owners: list[dict[str, Any]]) -> None:
    """Owners are told apart by their table alone, so the list is written anew."""
    if "owners" in section:
        del section["owners"]
    if owners:
        section.append("owners", tomlkit.aot())
    for owner in owners:
        table = tomlkit.table()
        for word, value in owner.items():
            table.append(word, inline(value))
        section["owners"].append(table)


def _section(heading: str, data: Mapping[str, Any]) -> str:
    return "\n".join([heading, *(f"{key_text(word)} = {inline_text(value)}" for word, value in data.items()), ""])
