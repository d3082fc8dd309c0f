"""What the README tells people to type works, in the order in which it tells them."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
README = (ROOT / "README.md").read_text("utf-8")
STATUS = re.compile(r"#\s*exit status (\d)\s*$")


def blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def steps() -> list[tuple[str, int, list[str]]]:
    """Every `$ command` of the console blocks with its exit status and the output printed below it."""
    found: list[tuple[str, int, list[str]]] = []
    for line in "".join(blocks("console")).splitlines():
        if line.startswith("$ "):
            status = STATUS.search(line)
            found.append((line[2:], int(status.group(1)) if status else 0, []))
        else:
            found[-1][2].append(line)
    return found


@pytest.fixture(scope="module")
def shell(tmp_path_factory):
    """A folder of a new user, whose `lookalike` is this checkout's."""
    home = tmp_path_factory.mktemp("home")
    command = home / "bin" / "lookalike"
    command.parent.mkdir()
    command.write_text(f'#!/bin/sh\nexec "{sys.executable}" -m engine.cli "$@"\n')
    command.chmod(0o755)
    path = f"{command.parent}{os.pathsep}{os.environ['PATH']}"
    environment = {
        **os.environ,
        "PATH": path,
        "PYTHONPATH": str(ROOT),
        "HOME": str(home),
        "XDG_DATA_HOME": str(home / "data"),
    }

    def run(words: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["bash", "-c", words], cwd=home, env=environment, capture_output=True, text=True, check=False,
            stdin=subprocess.DEVNULL,
        )  # fmt: skip

    return run


@pytest.mark.timeout(900)
def test_every_command_ends_as_the_readme_says_and_prints_what_it_shows(shell):
    assert len(steps()) > 8
    for command, status, expected in steps():
        done = shell(command)
        assert done.returncode == status, f"{command}\n{done.stdout}{done.stderr}"
        printed = [line.split()[0] for line in done.stdout.splitlines() if line.strip()]
        # Numbers, keys and the order of counts change; what each paragraph is about does not.
        about = [line.split()[0] for line in expected if line and not line.startswith(" ")]
        assert [word for word in about if word not in printed] == [], command


def test_the_two_commands_are_verbs_of_the_bootstrap_script():
    bootstrap = (ROOT / "installer" / "bootstrap.py").read_text("utf-8")
    for line in "".join(blocks("sh")).splitlines():
        script, verb = line.split("#")[0].split()[1:]
        assert script == "installer/bootstrap.py"
        assert f'"{verb}"' in bootstrap


def test_the_plan_shown_is_one_that_can_be_read():
    from engine.plan_toml import read_plan

    head = 'version = 1\nname = "x"\nkey = "k"\n[tables.patient]\ntreatment = "mask"\n'
    [columns] = [block for block in blocks("toml") if "[tables." in block and "[privacy]" not in block]
    plan = read_plan(head + columns)
    assert [rule.decided for _, rule in plan.rules()] == [True, True, True, False]


def test_the_subset_shown_is_one_that_can_be_read():
    from engine.plan_toml import read_plan

    [part] = [block for block in blocks("toml") if "[subset]" in block]
    plan = read_plan('version = 1\nname = "x"\nkey = "k"\n' + part)
    assert plan.subset is not None
    assert len(plan.subset.edges) == 2
    assert len(plan.foreign_keys) == 1


def test_the_synthesis_shown_is_one_that_can_be_read():
    from engine.plan_toml import read_plan

    [part] = [block for block in blocks("toml") if "[privacy]" in block]
    plan = read_plan('version = 1\nname = "x"\nkey = "k"\n' + part)
    assert plan.privacy is not None
    assert (plan.privacy.epsilon, plan.privacy.balance) == (1.0, "gender")
    assert [table.treatment.value for table in plan.tables.values()] == ["public", "synthesize"]
    assert all(rule.decided for _, rule in plan.rules())


def test_every_picture_is_there():
    pictures = re.findall(r"!\[[^\]]+\]\(([^)]+)\)", README)
    assert pictures
    assert [name for name in pictures if not (ROOT / name).exists()] == []


def test_every_file_and_folder_that_is_named_exists():
    for name in re.findall(r"`((?:connectors|engine|installer)/[\w./]+)`", README):
        assert (ROOT / name).exists(), name
