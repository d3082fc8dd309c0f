"""PostgreSQL's types with their edge values."""

from tests.matrix.cases import Case, Shape, case, exact

POSTGRESQL: tuple[Case, ...] = (
    case("postgresql", "smallint", Shape.INTEGER, {"least": "-32768", "greatest": "32767", "zero": "0"},
         mariadb=exact("smallint(6)"), sqlite=exact("INTEGER")),
)  # fmt: skip
