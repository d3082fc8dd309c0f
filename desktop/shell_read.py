"""Reads the code of every page on a thread: the first visit then waits for none."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from importlib import import_module
from threading import Thread


class ReadAhead:
    """Once it is started. `pages`: name -> "module:Class"."""

    def __init__(self, pages: Mapping[str, str]) -> None:
        self._pages, self._read = dict(pages), set[str]()
        self._thread = Thread(target=self._run, name="pages", daemon=True)

    def start(self) -> None:
        self._thread.start()

    def reads(self, page: str) -> bool:
        """This page's code is still to come: whoever imports it now stands and waits."""
        return self._thread.is_alive() and page in self._pages and page not in self._read

    def _run(self) -> None:
        for page, place in self._pages.items():
            # Whoever goes there is told.
            with suppress(ImportError):
                import_module(place.partition(":")[0])
            self._read.add(page)
