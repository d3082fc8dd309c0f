"""Disks that fill up under a run: one sentence, the target marked, and after some room is made the run goes on."""

from __future__ import annotations

import contextlib
import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator
from pathlib import Path

import psycopg
import pytest
from sqlalchemy.engine import make_url

from tests.faults.estate import Size, build
from tests.faults.killing import Line, resumed
from tests.faults.test_servers import ended, one_sentence, run_until, same_rows

SIZE = Size(8_000, 8_000, 12_000, 4_000)


@pytest.fixture
def disk() -> Iterator[tuple[Path, Callable[[str], None]]]:
    """A file system of its own, and a function that gives it another size."""
    if os.getuid() != 0:
        pytest.skip("only root can mount a small disk")
    # Outside pytest's folders, which are its user's alone: a server has to get here too.
    folder = Path(tempfile.mkdtemp(prefix="lookalike-disk-"))
    folder.chmod(0o755)
    mounted = subprocess.run(
        ["mount", "-t", "tmpfs", "-o", "size=2m", "tmpfs", str(folder)], capture_output=True, check=False
    )
    if mounted.returncode:
        pytest.skip("this machine does not let a small disk be mounted")

    def resize(size: str) -> None:
        subprocess.run(["mount", "-o", f"remount,size={size}", str(folder)], check=True)

    yield folder, resize
    subprocess.run(["umount", "-l", str(folder)], check=True)
    folder.rmdir()


def source(tmp_path: Path) -> tuple[Line, str]:
    url = build(f"sqlite:///{tmp_path}/source.db", SIZE)
    line = Line(tmp_path / "desk")
    line.decide(url)
    return line, url


def goes_on(line: Line, url: str, target: str) -> None:
    again = resumed(line, str(line.newest()))
    assert again.status == 0, again.err
    assert again.json["snapshot"] == "one consistent snapshot"
    assert same_rows(url, target)


def test_a_full_disk_under_a_sqlite_target_is_said_and_more_room_lets_the_run_go_on(disk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder, resize = disk
    line, url = source(tmp_path)
    target = f"sqlite:///{folder}/target.db"
    failed = line.run(url, target)
    assert failed.status == 1
    assert "full" in one_sentence(failed)
    assert "jobs resume" in failed.err
    resize("64m")
    goes_on(line, url, target)


def test_a_full_disk_under_a_postgresql_target_is_said_and_more_room_lets_the_run_go_on(  # type: ignore[no-untyped-def]
    disk, tmp_path, new_postgresql
) -> None:
    if os.environ.get("LOOKALIKE_PG_URL"):
        pytest.skip("the disk of a given server is not ours")
    folder, resize = disk
    resize("64m")
    line, url = source(tmp_path)
    target, place = new_postgresql(), folder / "space"
    place.mkdir()
    with psycopg.connect(target, autocommit=True) as connection:
        owner = Path(connection.execute("show data_directory").fetchone()[0]).stat()  # type: ignore[index]
        os.chown(place, owner.st_uid, owner.st_gid)
        connection.execute(f"create tablespace small location '{place}'")  # type: ignore[arg-type]
    other = make_url(target).set(database="postgres").render_as_string(hide_password=False)
    name = make_url(target).database
    try:
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(f'alter database "{name}" set tablespace small')  # type: ignore[arg-type]
        space = os.statvfs(folder)
        (folder / "filler").write_bytes(b"x" * (space.f_bavail * space.f_frsize - (1 << 20)))
        failed = line.run(url, target)
        assert failed.status == 1
        assert "the disk is full" in one_sentence(failed)
        assert "jobs resume" in failed.err
        (folder / "filler").unlink()
        goes_on(line, url, target)
    finally:
        with psycopg.connect(other, autocommit=True) as connection:
            connection.execute(f'drop database "{name}" with (force)')  # type: ignore[arg-type]
            connection.execute("drop tablespace small")


def test_a_full_disk_under_the_workspace_is_said_and_more_room_lets_the_run_go_on(disk, tmp_path) -> None:  # type: ignore[no-untyped-def]
    folder, resize = disk
    resize("8m")
    url = build(f"sqlite:///{tmp_path}/source.db", SIZE)
    target = f"sqlite:///{tmp_path}/target.db"
    line = Line(folder / "desk")
    line.decide(url)
    with run_until(line, url, target, 2) as process:
        with contextlib.suppress(OSError), open(folder / "filler", "wb") as filler:
            while True:
                filler.write(b"x" * 4096)
                filler.flush()
        answer = ended(process)
    assert answer.status == 1, answer.err
    assert "No space left" in one_sentence(answer) or "full" in one_sentence(answer)
    (folder / "filler").unlink()
    goes_on(line, url, target)
