"""One moment of a kill, from the run to its end: killed, gone on with, compared with a run that nobody disturbed."""

from __future__ import annotations

import contextlib
import random
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

from tests.faults.estate import Size, build, changed
from tests.faults.fingerprint import fingerprint
from tests.faults.killing import Course, Killed, Line, kill_keeper, killed, resumed, uninterrupted

ONE, TWO = "one consistent snapshot", "two snapshots"


@dataclass(frozen=True)
class Twist:
    """What happens between the kill and the resume."""

    change: bool = False
    """The source changes."""
    keeper: bool = False
    """The keeper is killed too."""
    twice: bool = False
    """The resumed run is killed once more."""
    restart: bool = False
    """Where the snapshot is over: begin anew instead of reading on under a second one."""
    existing: bool = False
    """The target's tables were there before."""


class Ground:
    """A source in one database, and as many targets as there are kills."""

    def __init__(self, line: Line, new: Callable[[], str], size: Size | None = None) -> None:
        self.line, self._new = line, new
        self.source = build(new(), size or Size())
        line.decide(self.source)
        self._courses: dict[bool, Course] = {}

    def course(self, existing: bool) -> Course:
        if existing not in self._courses:
            self._courses[existing] = uninterrupted(self.line, self.source, self.target(existing))
        return self._courses[existing]

    def target(self, existing: bool) -> str:
        return build(self._new(), filled=False) if existing else self._new()

    def words(self, target: str) -> list[str]:
        return self.line.words("run", str(self.line.plan_path), "--source", self.source, "--target", target)


def kill_and_go_on(ground: Ground, aim: str, twist: Twist, rng: random.Random) -> dict[str, Any] | None:
    """Kill a run at this aim, go on, and compare. None where the run was over before it could be killed."""
    line, course, target = ground.line, ground.course(twist.existing), ground.target(twist.existing)
    started = time.monotonic()
    first = killed(line, ground.words(target), target, aim, course, rng)
    if first is None:
        return None
    with contextlib.ExitStack() as stack:
        # Before anything of the source was held, the run that goes on is a run of the changed source.
        change = twist.change and (line.keeper(first.job) is not None or first.hit not in ("before the claim", "DDL"))
        if change:
            stack.enter_context(changed(ground.source, only_updates=twist.keeper))
        again = _killed_again(line, first, target, course, rng) if twist.twice else None
        snapshot = _gone_on(line, first, target, twist)
    found = fingerprint(target)
    changed_under_two = change and snapshot != ONE
    wrong = [] if changed_under_two else [name for name, value in course.left.items() if found.get(name) != value]
    assert not wrong, f"{first.hit}: {', '.join(wrong)} differ from an uninterrupted run"
    assert found.keys() == course.left.keys(), f"{first.hit}: {found.keys() ^ course.left.keys()}"
    assert line.keeper(first.job) is None, f"{first.hit}: the keeper lives on"
    return {
        "aim": aim, "hit": first.hit, "steps": first.seen.steps, "chunks": first.seen.chunks, "doing": first.seen.doing[:60],
        "source_changed": change, "keeper_killed": twist.keeper, "existing_target": twist.existing,
        "killed_again_at": again.hit if again else None, "snapshot": snapshot, "seconds": round(time.monotonic() - started, 1),
    }  # fmt: skip


def _killed_again(line: Line, first: Killed, target: str, course: Course, rng: random.Random) -> Killed | None:
    return killed(
        line, line.words("jobs", "resume", first.job), target, rng.choice(("chunk", "index", "any")), course, rng
    )


def _gone_on(line: Line, first: Killed, target: str, twist: Twist) -> str:
    """Resume to the end; which snapshots the evidence names."""
    lost = twist.keeper and kill_keeper(line, first.job)
    answer = resumed(line, first.job)
    if lost and answer.status == 1 and "--second-snapshot" in answer.err:
        assert "--restart" in answer.err
        # The source is another one now: an equal target takes one moment of it.
        answer = resumed(line, first.job, "--restart" if twist.restart else "--second-snapshot")
        expected = ONE if twist.restart else TWO
        assert answer.json.get("snapshot", "").startswith(expected), answer.out + answer.err
    if answer.status == 1 and "is complete" in answer.err:
        return ONE
    assert answer.status == 0, f"{first.hit}: {answer.status}: {answer.err}"
    assert "Traceback" not in answer.err
    assert not lost or twist.restart or answer.json["snapshot"].startswith((ONE, TWO))
    if not lost:
        assert answer.json["snapshot"] == ONE, f"{first.hit}: {answer.json['snapshot']}"
    return str(answer.json["snapshot"])


def twists(count: int, rng: random.Random, *, changes: int) -> Iterator[Twist]:
    """So many twists: the source changes in so many of them, the keeper dies in some, some are killed twice."""
    for number in range(count):
        keeper = number % 5 == 4
        yield Twist(
            change=number % 5 < 2 and number // 5 * 2 + number % 5 < changes,
            keeper=keeper,
            twice=number % 4 == 1,
            restart=keeper and rng.random() < 0.4,
            existing=number % 6 == 3,
        )
