"""MariaDB's types with their edge values."""

from tests.matrix.cases import Case, Shape, case, exact

MYSQL: tuple[Case, ...] = (
    case("mariadb", "smallint", Shape.INTEGER, {"least": "-32768", "greatest": "32767", "zero": "0"},
         postgresql=exact("smallint"), sqlite=exact("INTEGER")),
)  # fmt: skip
