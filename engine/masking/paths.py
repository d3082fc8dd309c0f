"""Paths into documents: the part of JSONPath (RFC 9535) that names places and asks no questions of values."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterable, Iterator
from enum import Enum
from functools import lru_cache
from itertools import pairwise


class Wild(Enum):
    """Steps that stand for many."""

    KEY = ".*"
    """Every key, or every element."""
    INDEX = "[*]"
    """The same, in the writing that is usual for lists."""
    DEEP = ".."
    """Any number of steps."""
    ATTRIBUTE = "@*"
    """Every attribute of an XML element."""


ANY_KEY, ANY_INDEX, DEEP = Wild.KEY, Wild.INDEX, Wild.DEEP
Step = str | int | Wild
Path = tuple[Step, ...]

STEP = re.compile(
    r"""(?P<deep>\.\.(?=[^.]))?(?:\.?\[\s*(?:(?P<index>\*|\d+)|(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*"))\s*\]"""
    r"""|\.?(?P<name>[^.\[\]]+))"""
)
MOST_KNOWN = 100_000
"""Places whose path is remembered: the keys of a map are as many as its rows."""
PLAIN_KEY = re.compile(r"[A-Za-z_$][A-Za-z_$-]{0,39}[0-9]{0,2}")
"""Keys that look like the name of a field, not like a value: they may be kept and printed.

Not with a blank: that is more often one of `Ada Lovelace`."""


def parse_path(text: str) -> Path:
    """`$.contact.emails[*]`, `$..email`, `$.items[0]['odd key']` as its steps. Raises ValueError."""
    rest = text.strip().removeprefix("$")
    steps: list[Step] = []
    at = 0
    while at < len(rest):
        found = STEP.match(rest, at)
        if not found:
            raise ValueError(
                f"{text!r} is no path: write it like $.contact.emails[*], $..email, $.items[0] or $['odd key']; "
                "filters, slices and indexes from the end are not known"
            )
        steps += [DEEP] if found["deep"] else []
        steps.append(_step(found))
        at = found.end()
    if any(before is DEEP and isinstance(step, Wild) for before, step in pairwise(steps)):
        raise ValueError(f"{text!r} names everything: after .. comes a key")
    return tuple(steps)


def _step(found: re.Match[str]) -> Step:
    if found["index"] is not None:
        return ANY_INDEX if found["index"] == "*" else int(found["index"])
    if found["quoted"] is not None:
        return _unquoted(found["quoted"])
    return ANY_KEY if found["name"] == "*" else found["name"]


def _unquoted(text: str) -> str:
    inner = text[1:-1]
    if text[0] == "'":
        inner = inner.replace("\\'", "'").replace('"', '\\"')
    try:
        key: str = json.loads(f'"{inner}"')
    except ValueError:
        raise ValueError(f"{text} is no quoted key") from None
    return key


def print_path(path: Path) -> str:
    """The path as a person writes it. A key that does not look like a field's name is printed as `<key>`: it may be a value."""
    return "$" + "".join(map(_printed, path)).replace("...", "..")


def _printed(step: Step) -> str:
    if isinstance(step, Wild):
        return step.value
    if isinstance(step, int):
        return f"[{step}]"
    return f".{step if PLAIN_KEY.fullmatch(step) else '<key>'}"


class Paths:
    """The paths of a plan, asked which of them a place in a document belongs to."""

    def __init__(self, texts: Iterable[str], parse: Callable[[str], Path] = parse_path) -> None:
        self._parse = parse
        self._rules = {parse(text): text for text in texts}
        self.named = frozenset(step for path in self._rules for step in path if isinstance(step, str))
        """Keys that some path names: a person has read them."""
        self._indexes = frozenset(step for path in self._rules for step in path if isinstance(step, int))
        self._maps = tuple(
            path[: end + 1] for path in self._rules for end, step in enumerate(path) if step in (ANY_KEY, ANY_INDEX)
        )

        self._known: dict[Path, str | None] = {}

    def index(self, number: int) -> Step:
        """An element's step: its number where some path tells it from others."""
        return number if number in self._indexes else ANY_INDEX

    def rule(self, path: Path) -> str | None:
        """The path that says most of this place: the longest one that names it or something above it, a name before a wildcard."""
        try:
            return self._known[path]
        except KeyError:
            # Another thread may empty it at any moment: what was found is returned, not looked up again.
            if len(self._known) >= MOST_KNOWN:
                self._known.clear()
            best = self._known[path] = self._best(path)
            return best

    def _best(self, path: Path) -> str | None:
        best: tuple[tuple[int, tuple[int, ...]], str] | None = None
        for pattern, text in self._rules.items():
            reach = _reach(pattern, path)
            rank = None if reach is None else (reach, tuple(_exactness(step) for step in pattern))
            if rank is not None and (best is None or rank > best[0]):
                best = rank, text
        return best[1] if best else None

    def covers(self, text: str) -> bool:
        """Does some path name this place, or something above it?"""
        return self.rule(self._parse(text)) is not None

    def is_any(self, path: Path) -> bool:
        """Does a path say `*` here? Then the object is a map, and its keys are values, however plain they look."""
        return any(_reach(pattern, path) == len(path) for pattern in self._maps)


def _exactness(step: Step) -> int:
    return 0 if step is DEEP else 1 if isinstance(step, Wild) else 2


def _reach(pattern: Path, path: Path) -> int | None:
    """How many steps of the path the pattern covers, at most; None where it does not lead there."""
    first, *others = _segments(pattern)
    if not _fits(first, path, 0):
        return None
    at = len(first)
    for segment in others[:-1]:
        found = next((start for start in range(at, len(path)) if _fits(segment, path, start)), None)
        if found is None:
            return None
        at = found + len(segment)
    if not others:
        return at
    last = others[-1]
    start = next((start for start in range(len(path) - len(last), at - 1, -1) if _fits(last, path, start)), None)
    return None if start is None else start + len(last)


@lru_cache(maxsize=4096)
def _segments(pattern: Path) -> tuple[Path, ...]:
    """The pattern cut at every `..`."""
    return tuple(_cut(pattern))


def _cut(pattern: Path) -> Iterator[Path]:
    start = 0
    for end, step in enumerate(pattern):
        if step is DEEP:
            yield pattern[start:end]
            start = end + 1
    yield pattern[start:]


def _fits(segment: Path, path: Path, start: int) -> bool:
    return start + len(segment) <= len(path) and all(
        _is(want, got) for want, got in zip(segment, path[start:], strict=False)
    )


def _is(want: Step, got: Step) -> bool:
    if want is Wild.ATTRIBUTE:
        return isinstance(got, str) and got.startswith("@")
    return isinstance(want, Wild) or want == got
