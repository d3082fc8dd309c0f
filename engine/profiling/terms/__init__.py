"""Words that values are compared with, a file each: lower case, one entry a line, `#` before a comment.

`installer/lists/make_terms.py` makes the names and the towns; the others are written by hand, in English, German, French, Spanish,
Italian, Dutch and Portuguese. `LICENSES.txt` says from what.
"""

from __future__ import annotations

import unicodedata
from functools import cache
from importlib.resources import files


@cache
def load(name: str) -> frozenset[str]:
    """The entries of one list, each also as it is written without accents."""
    lines = (files(__name__) / f"{name}.txt").read_text("utf-8").splitlines()
    entries = {line for line in lines if line and not line.startswith("#")}
    return frozenset(entries | {plain(entry) for entry in entries if not entry.isascii()})


def plain(text: str) -> str:
    """Without accents: `josé` as `jose`."""
    return "".join(sign for sign in unicodedata.normalize("NFD", text) if not unicodedata.combining(sign))
