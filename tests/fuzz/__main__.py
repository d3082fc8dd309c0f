"""Clone random databases, many of them, and write down what became of each.

    python -m tests.fuzz [--sqlite 300] [--postgresql 100] [--mariadb 50] [--seed N] [--result FILE]

A failing one is printed by its seed; `--only N --dialect D` runs it again.
"""

from __future__ import annotations

import sys

from tests.fuzz.drawing import drawn
from tests.fuzz.judging import clone
from tests.fuzz.many import Case, main


def _case(dialect: str, number: int) -> Case:
    shape = drawn(dialect, number)
    return Case(len(shape.tables), shape.rows * len(shape.tables), lambda *sides: clone(shape, *sides))


if __name__ == "__main__":
    sys.exit(main("tests.fuzz", __doc__ or "", _case, (300, 100, 50)))
