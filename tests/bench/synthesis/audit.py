"""What one entity can move, and what an attacker can tell, for every model: the neighbour test over many random networks, and a
one-run audit of training against its claim and against two mutants of it.

    python -m tests.bench.synthesis.audit [--nets N] [--canaries N] [--result FILE]

One thread. The audits' epsilons are lower bounds at 95 % confidence.
"""

from __future__ import annotations

import argparse
import time
from pathlib import Path

import numpy as np
import torch

from tests.bench.report import write_result
from tests.engine.synthesis.auditing import Mutant, audit
from tests.engine.synthesis.neighbours import Making, learners, most_moved

CLAIMED = 4.0
STEPS = {"gan": 60, "vae": 40}
"""More where a small network says less of an entity at a step."""


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--nets", type=int, default=200)
    parser.add_argument("--canaries", type=int, default=1000)
    parser.add_argument("--model", action="append", choices=sorted(learners()))
    parser.add_argument("--result", type=Path, default=Path("tests/bench/results/synthesis_audit.json"))
    asked = parser.parse_args()
    torch.set_num_threads(1)
    models: dict[str, object] = {}
    for name in asked.model or sorted(learners()):
        models[name] = measured(name, learners()[name], asked.nets, asked.canaries)
        print(name, models[name], flush=True)
    command = f"python -m tests.bench.synthesis.audit --nets {asked.nets} --canaries {asked.canaries}"
    settings = {"claimed_epsilon": CLAIMED, "delta": 1e-5, "canaries": asked.canaries, "random_nets": asked.nets}
    write_result(asked.result, command, {"settings": settings, "models": models})


def measured(name: str, making: Making, nets: int, canaries: int) -> dict[str, object]:
    begin = time.perf_counter()
    steps = STEPS.get(name, 8)
    found: dict[str, object] = {
        "moved_in_clips": most_moved(making, nets, np.random.default_rng(11)),
        "audit_steps": steps,
    }
    for mutant in (None, *Mutant):
        clip = 0.01 if mutant is Mutant.CLIPPING else 1.0
        audited = audit(making, CLAIMED, canaries, steps, mutant=mutant, clip=clip)
        key = "as_it_is" if mutant is None else mutant.value.replace(" ", "_")
        found[key] = {"epsilon_at_least": round(audited.bound, 3), "right": audited.right}
    return found | {"seconds": round(time.perf_counter() - begin, 1)}


if __name__ == "__main__":
    main()
