"""SQLite's types with their edge values."""

from tests.matrix.cases import Case, Shape, case, exact

SQLITE: tuple[Case, ...] = (
    case("sqlite", "integer", Shape.INTEGER, {"least": "-9223372036854775808", "greatest": "9223372036854775807"},
         postgresql=exact("bigint"), mariadb=exact("bigint(20)")),
)  # fmt: skip
