"""Where MySQL and MariaDB keep the reservations of a database."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from pymysql import err

from connectors.errors import TargetError
from connectors.my_connect import mapped
from connectors.my_describe import RESERVED
from connectors.my_wire import PARAMETER, Wire
from connectors.reservations import TABLE


class MySqlReservations:
    relation = f"`{RESERVED}reservation`"
    insert = ("INSERT IGNORE", "")

    def __init__(self, wire: Wire) -> None:
        self._wire = wire

    def exists(self) -> bool:
        sql = "SELECT 1 FROM information_schema.TABLES WHERE TABLE_SCHEMA = DATABASE() AND TABLE_NAME = ?"
        return bool(self.select(sql, f"{RESERVED}reservation"))

    def make(self) -> None:
        with _mapping():
            self._wire.run(
                f"CREATE TABLE IF NOT EXISTS {self.relation} ({TABLE}) ENGINE=InnoDB DEFAULT CHARSET=utf8mb4"
            )

    def run(self, sql: str, *values: str) -> None:
        with _mapping():
            self._wire.run(sql.replace("?", PARAMETER), *values)

    def select(self, sql: str, *values: str) -> Sequence[Sequence[Any]]:
        with _mapping():
            return self._wire.select(sql.replace("?", PARAMETER), *values)


@contextmanager
def _mapping() -> Iterator[None]:
    try:
        yield
    except err.MySQLError as error:
        raise mapped(error, TargetError, "the reservations of the target cannot be used") from None
