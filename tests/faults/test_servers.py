"""Servers that die under a run: nothing is lost, nothing doubled, one sentence, and a way on."""

from __future__ import annotations

import contextlib
import subprocess
import time
from collections.abc import Callable, Iterator

import pytest

from tests import servers
from tests.faults.estate import Size, build
from tests.faults.killing import Line, Watch, resumed, started
from tests.oracle import reader
from tests.required import server_here
from tests.walk.line import Answer

SIZE = Size(4_000, 4_000, 6_000, 2_000)
KINDS = {
    "postgresql": (servers.restartable_postgresql, servers.postgresql_databases),
    "mariadb": (servers.restartable_mariadb, servers.mariadb_databases),
}


@pytest.fixture(scope="module", params=sorted(KINDS))
def dying(request: pytest.FixtureRequest) -> Iterator[tuple[servers.Restartable, Callable[..., str]]]:
    """A server that is killed under a run, and new databases on it."""
    make, databases = KINDS[request.param]
    with contextlib.ExitStack() as stack:
        server = server_here(make(), stack)
        yield server, databases(server.url)


@contextlib.contextmanager
def run_until(line: Line, source: str, target: str, chunks: int) -> Iterator[subprocess.Popen[bytes]]:
    """A run that has committed so many chunks and has not come to its end."""
    process = started(line.words("run", str(line.plan_path), "--source", source, "--target", target))
    watch = Watch(line, target)
    try:
        while process.poll() is None and (not line.jobs.exists() or watch.look().chunks < chunks):
            time.sleep(0.005)
        watch.close()
        assert process.poll() is None, process.communicate()
        yield process
    finally:
        process.kill()
        process.wait()


def ended(process: subprocess.Popen[bytes]) -> Answer:
    out, err = process.communicate(timeout=150)
    return Answer(process.returncode, out.decode(), err.decode())


def one_sentence(answer: Answer) -> str:
    """What was said last, in one line that quotes no value."""
    assert "Traceback" not in answer.err
    assert "mistake of ours" not in answer.err
    assert "@corp.example" not in answer.err + answer.out
    return answer.err.strip().splitlines()[-1]


def same_rows(source: str, target: str) -> bool:
    """Does every table have its rows, each once?"""
    there, here = reader(source), reader(target)
    return {str(name): there.count(name) for name in there.tables()} == {str(n): here.count(n) for n in here.tables()}


def test_a_source_that_dies_while_it_is_read_leaves_the_choice_to_a_person(dying, tmp_path) -> None:  # type: ignore[no-untyped-def]
    server, new = dying
    source, target = build(new(), SIZE), f"sqlite:///{tmp_path}/target.db"
    line = Line(tmp_path / "desk")
    line.decide(source)
    with run_until(line, source, target, 3) as process:
        server.kill()
        server.start()
        answer = ended(process)
    assert answer.status == 1, answer.err
    assert "marked incomplete" in one_sentence(answer)
    assert "--restart" in answer.err
    job = str(line.newest())
    asked = resumed(line, job)
    assert asked.status == 1
    assert "--second-snapshot" in one_sentence(asked)
    gone_on = resumed(line, job, "--second-snapshot")
    assert gone_on.status == 0, gone_on.err
    assert gone_on.json["snapshot"].startswith("two snapshots")
    assert same_rows(source, target)
    assert line.keeper(job) is None


def test_a_target_that_dies_and_comes_back_gets_every_row_once(dying, tmp_path) -> None:  # type: ignore[no-untyped-def]
    server, new = dying
    source, target = build(f"sqlite:///{tmp_path}/source.db", SIZE), new()
    line = Line(tmp_path / "desk")
    line.decide(source)
    with run_until(line, source, target, 3) as process:
        server.kill()
        server.start()
        answer = ended(process)
    if answer.status == 1:
        assert "jobs resume" in one_sentence(answer)
        answer = resumed(line, str(line.newest()))
    assert answer.status == 0, answer.err
    assert answer.json["snapshot"] == "one consistent snapshot"
    assert same_rows(source, target)
