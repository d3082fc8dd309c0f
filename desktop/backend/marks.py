"""What was found personal in each source: written by whoever looked, read by whoever shows a schema. No cell value."""

from __future__ import annotations

from collections.abc import Mapping

from connectors.names import TableName

Personal = Mapping[TableName, Mapping[str, str]]
"""Table -> column -> what of a person it holds, in words. Columns that hold nothing of people are not in it."""


class PersonalMarks:
    """`room.keep(PersonalMarks, PersonalMarks)`."""

    def __init__(self) -> None:
        self._found: dict[str, Personal] = {}

    def put(self, connection: str, found: Personal) -> None:
        self._found[connection] = found

    def of(self, connection: str) -> Personal | None:
        """None: nobody has looked yet."""
        return self._found.get(connection)
