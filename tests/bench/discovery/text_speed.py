"""How fast texts are read for the people in them: distinct notes of about 200 characters, one column, on two cores.

    python -m tests.bench.discovery.text_speed [--texts N] [--workers N] [--result FILE]

The texts are invented here: what a help desk writes about orders, every second one with a person, a place, a number or
an address in it; then a tenth as many with a name in every sentence, the worst case.
CPU is that of all our processes, that of reading is without loading models; memory is the greatest sum of them
(proportional set size).
"""

from __future__ import annotations

import argparse
import os
import random
import resource
import sys
import threading
import time
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from typing import Any

from engine.masking import lists
from engine.profiling.reading import Reader
from tests.bench.report import write_result

NOUNS = """
    parcel box refund invoice order website plan account product label form service complaint password delivery driver gift voucher
    colour size price shop branch battery screen cable handle manual repair warranty payment card receipt return window
    """.split()
VERBS = """
    arrived broke failed worked changed vanished returned opened closed stopped started looked was_late was_lost was_fine was_found
    came_back went_missing
    """.split()
HOW = """
    again today yesterday twice before_the_weekend after_the_move without_a_word in_the_morning on_the_first_try at_the_door
    with_the_others for_no_reason as_agreed this_year on_the_phone by_mistake
    """.split()
KINDS = (
    "small large second first new old damaged blue green heavy missing wrong right free next last whole other".split()
)


def sentence(rng: random.Random) -> str:
    """One that names nobody."""
    parts = [f"{rng.choice(NOUNS)} {rng.choice(VERBS)} {rng.choice(HOW)}" for _ in range(2)]
    return f"The {rng.choice(KINDS)} {', and the '.join(parts)}.".replace("_", " ")


def telling(rng: random.Random) -> str:
    """One that names somebody, a place, a number."""
    first, last, towns, streets = _lists()
    name = f"{rng.choice(first)} {rng.choice(last)}"
    return rng.choice((
        f"{name} called from {rng.choice(towns)} about it.", f"Spoke to Mrs. {rng.choice(last)} at 415-555-{rng.randrange(10000):04}.",
        f"The new address is {rng.randrange(1, 999)} {rng.choice(streets)}, {rng.choice(towns)}.",
        f"Please write to {rng.choice(first).lower()}{rng.randrange(10**6)}@example.com, said {name}.",
    ))  # fmt: skip


def texts(count: int, dense: bool, seed: int = 7) -> Iterator[str]:
    """Notes of about 200 characters; `dense`: every sentence names somebody, otherwise one sentence of every second note does."""
    rng = random.Random(seed)
    for number in range(count):
        parts = [f"Ticket {number}."] if number % 2 else [telling(rng)]
        while len(" ".join(parts)) < 200:
            parts.append(telling(rng) if dense else sentence(rng))
        yield " ".join(parts)[:200].strip()


@cache
def _lists() -> list[list[str]]:
    names = [lists.load(name).to_pylist() for name in ("first_female.en_US", "last.en_US")]
    return [*names, lists.table("place")["city"].to_pylist(), lists.load("street.en_US").to_pylist()]


class Memory(threading.Thread):
    """The greatest sum of the memory of this process and its children while it runs."""

    def __init__(self) -> None:
        super().__init__(daemon=True)
        self.most = 0
        self.over = threading.Event()

    def run(self) -> None:
        while not self.over.wait(0.5):
            self.most = max(self.most, sum(map(_memory, [os.getpid(), *_children(os.getpid())])))


def _memory(process: int) -> int:
    """Bytes, those shared with others in proportion; 0 where it has ended."""
    try:
        lines = Path(f"/proc/{process}/smaps_rollup").read_text().splitlines()
    except (OSError, ProcessLookupError):
        return 0
    return next((int(line.split()[1]) * 1024 for line in lines if line.startswith("Pss:")), 0)


def _children(process: int) -> list[int]:
    found: list[int] = []
    for task in Path(f"/proc/{process}/task").iterdir():
        for child in (task / "children").read_text().split():
            found += [int(child), *_children(int(child))]
    return found


def _cpu() -> float:
    """Processor seconds of this process and of its children that have ended."""
    used = [resource.getrusage(who) for who in (resource.RUSAGE_SELF, resource.RUSAGE_CHILDREN)]
    return sum(each.ru_utime + each.ru_stime for each in used)


def measure(count: int, workers: int, dense: bool = False) -> dict[str, Any]:
    made = list(dict.fromkeys(texts(count, dense)))
    memory = Memory()
    memory.start()
    started, found, reading = time.monotonic(), 0, 0.0
    before = _cpu()
    with Reader(workers) as reader:
        list(reader.read([(["Mary Jones called."], "en")] * workers))  # each loads its model
        for batch in reader.read([(made[at : at + 256], "en") for at in range(0, len(made), 256)]):
            found += batch.texts
            reading += batch.seconds
    memory.over.set()
    cpu = _cpu() - before
    return {
        "texts": len(made), "characters": round(sum(map(len, made)) / len(made)), "workers": workers,
        "seconds": round(time.monotonic() - started, 1), "cpu_seconds": round(cpu, 1),
        "reading_cpu_seconds": round(reading, 1), "reading_cpu_seconds_per_1000": round(1000 * reading / len(made), 2),
        "read": found, "mebibytes": round(memory.most / 2**20),
    }  # fmt: skip


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--texts", type=int, default=100_000)
    parser.add_argument("--workers", type=int, default=2)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    load = round(os.getloadavg()[0], 1)
    measured: dict[str, Any] = {"notes": measure(arguments.texts, arguments.workers)}
    measured["a name in every sentence"] = measure(arguments.texts // 10, arguments.workers, dense=True)
    for name, result in measured.items():
        print(name, result)
    measured["load before"] = load
    if arguments.result:
        command = " ".join(["python -m tests.bench.discovery.text_speed", *sys.argv[1:]])
        write_result(arguments.result, command, measured)


if __name__ == "__main__":
    main()
