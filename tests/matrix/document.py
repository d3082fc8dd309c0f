"""`python -m tests.matrix.document`: write docs/types.md from the cases."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from tests.matrix.cases import ENGINES, Case, Value
from tests.matrix.tables import CASES

PAGE = Path(__file__).parents[2] / "docs" / "types.md"
NAMES = {"postgresql": "PostgreSQL", "mariadb": "MariaDB", "sqlite": "SQLite"}

_HEAD = """\
# Types, value by value

Made by `python -m tests.matrix.document` from the table of cases in `tests/matrix`; the same table makes the tests, which copy each
of these values through a whole run, beside a masked column of the same row, and compare source and target in plain SQL.

- **In its own engine** every value arrives as it was: as the engine's own bytes, and into a table that differs in some column
  (then through Arrow) as an equal value.
- **In another engine** the column gets the type named here and holds every value, except those listed as refused. *Told* means that
  `check` warns: the values are kept, the type means less.
- **Refused** values are counted in the source by `check --target` and again before a run writes anything. The Problem names the
  column and the code given here; the remedy is to mask the column with `null` or `constant`, or to mend the values.
"""


def page() -> str:
    return "\n".join([_HEAD, *(line for engine in ENGINES for line in _engine(engine))]) + "\n"


def _engine(engine: str) -> Iterator[str]:
    others = [other for other in ENGINES if other != engine]
    yield f"## {NAMES[engine]}\n"
    yield "| Type | Values tried | " + " | ".join(f"In {NAMES[other]}" for other in others) + " |"
    yield "|---|---|" + "---|" * len(others)
    for case in CASES[engine]:
        cells = [_type(case), ", ".join(_cell(value.label) for value in case.values)]
        cells += [_carried(case, other) for other in others]
        yield "| " + " | ".join(cells) + " |"
    yield ""


def _type(case: Case) -> str:
    needs = f" (with {case.needs})" if case.needs else ""
    made = f" ({case.setup.split('; ')[-1]})" if case.setup and not case.needs else ""
    note = f" {case.note}" if case.note else ""
    return _cell(f"`{case.native}{' ' + case.suffix if case.suffix else ''}`{needs}{made}.{note}" if note else
                 f"`{case.native}{' ' + case.suffix if case.suffix else ''}`{needs}{made}")  # fmt: skip


def _carried(case: Case, other: str) -> str:
    how = case.carried_to(other)
    parts = [str(how)]
    parts += [f"{value.label}: refused, `{value.beyond[other]}`" for value in _refused(case, other)]
    parts += [f"{value.label}: an equal value" for value in case.values if other in value.becomes]
    return _cell("; ".join(parts))


def _refused(case: Case, other: str) -> list[Value]:
    return [value for value in case.values if other in value.beyond]


def _cell(text: str) -> str:
    return " ".join(text.replace("|", r"\|").split())


if __name__ == "__main__":
    PAGE.parent.mkdir(exist_ok=True)
    PAGE.write_text(page(), encoding="utf-8")
