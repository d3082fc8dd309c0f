"""How many of many killed runs go on to the same end: `python -m tests.bench.kills --postgresql 25 --sqlite 15 --mariadb 10`.

Each run is killed with SIGKILL at a moment chosen by what its target is seen to hold, and gone on with by `jobs resume`; the target is
then compared, by plain SQL, with that of a run that nobody disturbed. In some the source changes in between, in some the keeper of the
snapshot is killed too, in some the resumed run is killed again. Servers wait for their disks.
"""

from __future__ import annotations

import argparse
import itertools
import random
import sys
import tempfile
from collections import Counter
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests import servers
from tests.bench.report import write_result
from tests.faults.killing import AIMS, Line
from tests.faults.moments import Ground, Twist, kill_and_go_on, twists

RESULT = Path(__file__).parent / "results" / "kills.json"
ATTEMPTS = 4
"""Aims in a row that may be missed because the run was too quick."""


@contextmanager
def _databases(kind: str, folder: Path) -> Iterator[Callable[[], str]]:
    numbers = itertools.count()
    if kind == "sqlite":
        yield lambda: f"sqlite:///{folder}/t{next(numbers)}.db"
    elif kind == "postgresql":
        with servers.postgresql(durable=True) as server:
            yield servers.postgresql_databases(server)
    else:
        with servers.mariadb(durable=True) as server:
            yield servers.mariadb_databases(server)


def measured(kind: str, count: int, seed: int) -> Iterator[dict[str, Any]]:
    """So many kills on this database; a failed one says why."""
    rng = random.Random(f"{seed} {kind}")
    with tempfile.TemporaryDirectory(prefix="lookalike-kills-") as text, _databases(kind, Path(text)) as new:
        ground = Ground(Line(Path(text) / "desk"), new)
        aims = itertools.cycle(rng.sample(AIMS, len(AIMS)))
        for twist in twists(count, rng, changes=(count + 4) // 5 + 1):
            yield _one(ground, aims, twist, rng)


def _one(ground: Ground, aims: Iterator[str], twist: Twist, rng: random.Random) -> dict[str, Any]:
    for aim in itertools.islice(aims, ATTEMPTS):
        try:
            if (found := kill_and_go_on(ground, aim, twist, rng)) is not None:
                return found
        except AssertionError as wrong:
            return {"aim": aim, "failed": str(wrong)}
    return {"failed": "no run could be killed before its end"}


def main() -> int:
    """Kill, compare, write the result."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench.kills", description=__doc__)
    for kind in ("postgresql", "sqlite", "mariadb"):
        parser.add_argument(f"--{kind}", type=int, default=0, metavar="KILLS")
    parser.add_argument("--seed", type=int, default=random.SystemRandom().randrange(10**6))
    parser.add_argument("--result", type=Path, default=RESULT)
    asked = parser.parse_args()
    kills: dict[str, list[dict[str, Any]]] = {}
    for kind in ("postgresql", "sqlite", "mariadb"):
        for kill in measured(kind, getattr(asked, kind), asked.seed) if getattr(asked, kind) else ():
            kills.setdefault(kind, []).append(kill)
            print(kind, kill, file=sys.stderr, flush=True)
            # After each one: a long measurement that is cut short has measured something.
            _write(asked.result, asked.seed, kills)
    return 1 if any("failed" in kill for found in kills.values() for kill in found) else 0


def _write(path: Path, seed: int, kills: Mapping[str, Sequence[Mapping[str, Any]]]) -> None:
    every = [kill for found in kills.values() for kill in found]
    command = " ".join(["python -m tests.bench.kills", *(f"--{kind} {len(found)}" for kind, found in kills.items())])
    summary = {
        "kills": len(every),
        "failures": sum("failed" in kill for kill in every),
        "hit": dict(Counter(kill["hit"] for kill in every if "hit" in kill)),
        "source_changed": sum(bool(kill.get("source_changed")) for kill in every),
        "killed_twice": sum(bool(kill.get("killed_again_at")) for kill in every),
        "keeper_killed": sum(bool(kill.get("keeper_killed")) for kill in every),
        "second_snapshot": sum(str(kill.get("snapshot", "")).startswith("two") for kill in every),
    }
    write_result(path, f"{command} --seed {seed}", {"summary": summary, "moments": kills})


if __name__ == "__main__":
    sys.exit(main())
