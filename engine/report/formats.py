"""A report in other formats than HTML: whoever is installed under the entry-point group `lookalike.report_formats` prints it.

Lookalike's own `pdf` needs Qt, which a server may not have; the engine knows its name and nothing else of it.
"""

from __future__ import annotations

from collections.abc import Callable
from importlib.metadata import entry_points

from engine.report.page import Paper

GROUP = "lookalike.report_formats"


class NoFormat(Exception):
    """A report cannot be printed so here; `str()` is one sentence that says what is missing."""


def printed(paper: Paper, format_: str) -> bytes:
    """The file in that format. Raises NoFormat."""
    return printer(format_)(paper)


def printer(format_: str) -> Callable[[Paper], bytes]:
    """Who prints that format. Raises NoFormat."""
    for entry in entry_points(group=GROUP, name=format_):
        try:
            found: Callable[[Paper], bytes] = entry.load()
        except ImportError as error:
            raise NoFormat(_missing(format_, error.name or "a library")) from None
        return found
    raise NoFormat(f"Reports are not printed as {format_} here: write html or json, or install who prints it.")


def _missing(format_: str, library: str) -> str:
    remedy = "install lookalike[desktop], or print the HTML from a browser"
    return f"A report as {format_} needs {library.partition('.')[0]}, which is not installed here: {remedy}."
