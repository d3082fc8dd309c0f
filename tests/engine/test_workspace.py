"""The workspace is its owner's alone."""

from __future__ import annotations

import pytest

from engine.workspace import new_run_id, open_workspace, write_private


def test_folders_and_files_are_closed_to_others(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "open").mkdir(mode=0o755)
    workspace = open_workspace(tmp_path / "open")
    run = workspace.run(new_run_id())
    write_private(run.evidence, b"{}")
    write_private(run.record / "a", b"1")
    assert {path.stat().st_mode & 0o777 for path in (workspace.folder, run.folder, run.record)} == {0o700}
    assert {path.stat().st_mode & 0o777 for path in (run.evidence, run.record / "a")} == {0o600}


def test_writing_replaces_at_once_and_leaves_no_draft(tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_private(tmp_path / "x", b"old")
    write_private(tmp_path / "x", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x": b"new"}


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a.b"])
def test_a_run_id_cannot_leave_the_workspace(tmp_path, name) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="run id"):
        open_workspace(tmp_path).run(name)


def test_run_ids_are_unique() -> None:
    assert len({new_run_id() for _ in range(100)}) == 100
