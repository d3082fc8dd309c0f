"""The workspace is its owner's alone."""

from __future__ import annotations

import pytest

from engine.workspace import new_run_id, open_workspace, private_folder, replace_file, write_private


def test_folders_and_files_are_closed_to_others(tmp_path) -> None:  # type: ignore[no-untyped-def]
    (tmp_path / "open").mkdir(mode=0o755)
    workspace = open_workspace(tmp_path / "open")
    run = workspace.run(new_run_id())
    write_private(run.evidence, b"{}")
    write_private(private_folder(run.record) / "a", b"1")
    assert {path.stat().st_mode & 0o777 for path in (workspace.folder, run.folder.parent, run.folder, run.record)} == {
        0o700
    }
    assert {path.stat().st_mode & 0o777 for path in (run.evidence, run.record / "a")} == {0o600}


def test_a_folder_that_others_share_does_not_become_a_workspace(tmp_path) -> None:  # type: ignore[no-untyped-def]
    shared = tmp_path / "shared"
    shared.mkdir()
    shared.chmod(0o755)
    (shared / "theirs").touch()
    with pytest.raises(OSError, match="name a new folder"):
        open_workspace(shared)
    write_private(shared / "key", b"1")
    assert shared.stat().st_mode & 0o777 == 0o755


def test_a_replaced_file_keeps_its_mode_and_the_link_to_it(tmp_path) -> None:  # type: ignore[no-untyped-def]
    file, link = tmp_path / "plan.toml", tmp_path / "link.toml"
    file.write_bytes(b"old")
    file.chmod(0o600)
    link.symlink_to(file)
    replace_file(link, b"new")
    assert (link.is_symlink(), file.read_bytes(), file.stat().st_mode & 0o777) == (True, b"new", 0o600)


def test_writing_replaces_at_once_and_leaves_no_draft(tmp_path) -> None:  # type: ignore[no-untyped-def]
    write_private(tmp_path / "x", b"old")
    write_private(tmp_path / "x", b"new")
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == {"x": b"new"}


@pytest.mark.parametrize("name", ["", "..", "../x", "a/b", "a.b"])
def test_a_run_id_cannot_leave_the_workspace(tmp_path, name) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError, match="run id"):
        open_workspace(tmp_path).run(name)
    assert not open_workspace(tmp_path).has_run(name)


def test_run_ids_are_unique() -> None:
    assert len({new_run_id() for _ in range(100)}) == 100
