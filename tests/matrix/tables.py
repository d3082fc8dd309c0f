"""The cases of every engine."""

from tests.matrix.cases import Case
from tests.matrix.mysql_cases import MYSQL
from tests.matrix.pg_cases import POSTGRESQL
from tests.matrix.sqlite_cases import SQLITE

CASES: dict[str, tuple[Case, ...]] = {"postgresql": POSTGRESQL, "mariadb": MYSQL, "sqlite": SQLITE}
