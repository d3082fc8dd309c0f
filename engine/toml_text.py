"""TOML as a person would write it: values on one line, sections in the place where one looks for them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import tomlkit
from tomlkit.items import Item

from engine.toml_places import places


def inline(value: Any) -> Item:
    """The value as an item of a document."""
    return tomlkit.value(inline_text(value))


def inline_text(value: Any) -> str:
    """On one line, with a space inside the braces."""
    if isinstance(value, Mapping):
        inside = ", ".join(f"{key_text(key)} = {inline_text(item)}" for key, item in value.items())
        return f"{{ {inside} }}" if inside else "{}"
    if isinstance(value, list | tuple):
        return f"[{', '.join(map(inline_text, value))}]"
    return str(tomlkit.item(value).as_string())


def key_text(key: str) -> str:
    return str(tomlkit.key(key).as_string())


def renew(section: Any, before: Mapping[str, Any], now: Mapping[str, Any]) -> None:
    """Change what a section of a document says otherwise now; all else stays as a person wrote it, comments included."""
    for word in before:
        if word not in now:
            del section[word]
    for word, value in now.items():
        if word not in section:
            section.append(word, inline(value))
        elif before.get(word) != value:
            section[word] = inline(value)


def before_tables(text: str, sections: str) -> str:
    """The text with these sections before its first [tables...], and before the comment that stands right above it."""
    if not sections:
        return text
    lines = text.splitlines(keepends=True)
    tables = [place.line for path, place in places(tomlkit.parse(text)).items() if path[0] == "tables"]
    at = min(tables) - 1 if tables else len(lines)
    while at and at < len(lines) and lines[at - 1].lstrip().startswith("#"):
        at -= 1
    above, below = "".join(lines[:at]).rstrip("\r\n"), "".join(lines[at:])
    return f"{above}\n\n{sections.strip()}\n" + (f"\n{below}" if below else "")
