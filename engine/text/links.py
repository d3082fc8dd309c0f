"""E-mail and web addresses."""

from __future__ import annotations

import re
from collections.abc import Iterator

from engine.text.spans import Span

EMAIL = re.compile(r"(?<![\w.+-])[\w.+-]+@[\w-]+(?:\.[\w-]+)+")
URL = re.compile(r"\b(?:https?://|ftp://|www\.)[^\s<>\"')\]]*[^\s<>\"')\].,;:!?]", re.IGNORECASE)
DOMAIN = re.compile(
    r"(?<![\w@.-])(?:[a-z0-9](?:[a-z0-9-]*[a-z0-9])?\.)+(?:com|org|net|edu|gov|info|biz|io|co|eu|uk|us|de|at|ch|fr|be|nl|lu|es|it|pt|"
    r"br|mx|ar|pl|cz|sk|si|hu|ro|se|no|dk|fi|is|ie|au|nz|ca|ru|ua|jp|cn|in|za|tr|gr)(?:/[^\s<>\"')\]]*[^\s<>\"')\].,;:!?])?(?![\w@-])",
    re.IGNORECASE,
)  # fmt: skip
"""A host name without its scheme; the ends are the commonest top-level domains, so that a missing space after a full stop is none."""


def links(text: str) -> Iterator[Span]:
    if "." not in text:
        return
    if "@" in text:
        yield from (Span(match.start(), match.end(), "email") for match in EMAIL.finditer(text))
    yield from (Span(match.start(), match.end(), "url") for match in URL.finditer(text))
    yield from (Span(match.start(), match.end(), "url") for match in DOMAIN.finditer(text) if _host(match.group()))


def _host(text: str) -> bool:
    """Not "Mr.In" nor "1.5.de": a name of letters that is long enough, all of it in one case or each label in its own."""
    labels = text.partition("/")[0].split(".")
    return len(labels[-2]) >= 3 and any(map(str.isalpha, labels[-2])) and not labels[-1].istitle()
