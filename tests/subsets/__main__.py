"""Cut random subsets of random databases, many of them, and write down what became of each.

    python -m tests.subsets [--sqlite 500] [--postgresql 100] [--mariadb 50] [--seed N] [--result FILE]

A failing one is printed by its seed; `--only N --dialect D` runs it again.
"""

from __future__ import annotations

import sys

from tests.fuzz.many import Case, main
from tests.subsets.drawing import requested
from tests.subsets.judging import subset


def _case(dialect: str, number: int) -> Case:
    request = requested(dialect, number)
    shape = request.shape
    return Case(len(shape.tables), shape.rows * len(shape.tables), lambda *sides: subset(request, *sides))


if __name__ == "__main__":
    sys.exit(main("tests.subsets", __doc__ or "", _case, (500, 100, 50)))
