"""The command line's frame: options of every verb, exit statuses, one sentence for every mistake, and never a secret."""

from __future__ import annotations

import inspect
import json
import os
import subprocess
import sys
from importlib import import_module

import pytest

from connectors.errors import ConnectError, TargetError, UrlError, WriteError
from engine import cli
from engine.catalog.store import CatalogError
from engine.commands import VERBS, load
from engine.commands.session import callback
from engine.commands.status import STATUSES, Status, UsageError, status_of
from engine.jobs.control import Cancelled
from engine.problems import PlanError
from engine.safety import Refused
from engine.vault import VaultError


@pytest.fixture
def lookalike(tmp_path, capfd):
    """Call the command line in this process: (exit status, stdout, stderr)."""

    def call(*words: str) -> tuple[int, str, str]:
        status = cli.main([*words, "--workspace", str(tmp_path / "workspace")])
        return int(status), *capfd.readouterr()

    return call


@pytest.fixture
def passphrase(tmp_path):
    file = tmp_path / "passphrase"
    file.write_text("correct horse\n")
    file.chmod(0o600)
    return file


def verbs():
    for name in VERBS:
        found = load(name)
        yield from found.values() if not callable(found) else [found]


def test_every_verb_takes_the_shared_options():
    for verb in verbs():
        options = inspect.signature(callback(verb)).parameters
        assert {"workspace", "passphrase_fd", "passphrase_file", "json"} <= options.keys(), verb


def test_every_verb_says_in_help_what_it_does():
    for verb in verbs():
        assert verb.__doc__, verb


def test_help_lists_every_verb_and_no_verb_of_a_later_version(capfd):
    assert cli.main(["--help"]) == 0
    listed = capfd.readouterr().out
    for verb in VERBS:
        assert f"\n  {verb} " in listed
    for verb in ("release", "audit"):
        assert f"\n  {verb} " not in listed


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (UsageError("x"), Status.USAGE),
        (UrlError("x"), Status.USAGE),
        (PlanError([]), Status.PLAN),
        (TargetError("x"), Status.REFUSED),
        (Refused("x"), Status.REFUSED),
        (Cancelled("x"), Status.CANCELLED),
        (ConnectError("x"), Status.FAILED),
        (WriteError("x"), Status.FAILED),
        (VaultError("x"), Status.FAILED),
        (CatalogError("x"), Status.FAILED),
        (KeyError("x"), None),
    ],
)
def test_errors_have_their_exit_status(error, status):
    assert status_of(error) is status


@pytest.mark.parametrize("name", STATUSES)
def test_an_error_that_has_a_status_is_there_under_its_name(name):
    module, _, error = name.rpartition(".")
    found = getattr(import_module(module), error)
    assert issubclass(found, BaseException)
    assert (found.__module__, found.__qualname__) == (module, error)


def test_a_mistake_of_ours_is_reported_without_its_values():
    def secret_holder() -> None:
        raise KeyError("ada@corp.example")

    try:
        secret_holder()
    except KeyError as error:
        report = cli.crash_report(error)
    assert "KeyError" in report
    assert "secret_holder" not in report or "test_shell" in report
    assert "ada@corp.example" not in report


def test_an_unknown_verb_and_an_unknown_option_are_usage_errors(lookalike):
    for words in (["dicsover"], ["inspect", "--frobnicate"], ["connect", "add"]):
        status, out, err = lookalike(*words)
        assert (status, out) == (Status.USAGE, "")
        assert err.count("\n") == 1
        assert "--help" in err


def test_an_unknown_connection_is_a_usage_error_with_a_remedy(lookalike):
    status, _, err = lookalike("inspect", "nowhere.db")
    assert status == Status.USAGE
    assert "sqlite:///" in err


def test_with_json_an_error_is_one_object_on_stdout_and_a_sentence_on_stderr(lookalike):
    status, out, err = lookalike("inspect", "nowhere", "--json")
    assert status == Status.USAGE
    assert json.loads(out)["error"]["status"] == Status.USAGE
    assert err.count("\n") == 1


def test_a_passphrase_file_that_others_may_read_is_refused(lookalike, passphrase):
    passphrase.chmod(0o644)
    status, _, err = lookalike("key", "list", "--passphrase-file", str(passphrase))
    assert status == Status.USAGE
    assert "0600" in err


def test_a_passphrase_comes_from_a_descriptor(tmp_path):
    reading, writing = os.pipe()
    os.write(writing, b"correct horse\n")
    os.close(writing)
    words = ["key", "new", "k", "--workspace", str(tmp_path), "--passphrase-fd", str(reading), "--json"]
    done = subprocess.run(
        [sys.executable, "-m", "engine.cli", *words], pass_fds=[reading], capture_output=True, text=True, check=False
    )
    os.close(reading)
    assert done.returncode == 0, done.stderr
    assert json.loads(done.stdout)["name"] == "k"


def test_keys_are_made_listed_rotated_carried_elsewhere_and_destroyed(lookalike, passphrase, tmp_path):
    vault = ["--passphrase-file", str(passphrase), "--json"]
    made = json.loads(lookalike("key", "new", "shop", *vault)[1])
    assert lookalike("key", "new", "shop", *vault)[0] == Status.FAILED
    turned = json.loads(lookalike("key", "rotate", "shop", *vault)[1])
    assert turned["identifier"] != made["identifier"]
    listed = {key["name"]: key["identifier"] for key in json.loads(lookalike("key", "list", *vault)[1])["keys"]}
    assert listed == {"shop": turned["identifier"], "shop@1": made["identifier"]}
    assert lookalike("key", "destroy", "shop", *vault)[0] == Status.USAGE
    assert lookalike("key", "destroy", "shop", "--yes", *vault)[0] == Status.DONE
    assert lookalike("key", "destroy", "shop", "--yes", *vault)[0] == Status.FAILED


def test_an_exported_key_opens_elsewhere_with_its_own_passphrase(lookalike, passphrase, tmp_path):
    def bundle_descriptor() -> list[str]:
        reading, writing = os.pipe()
        os.write(writing, b"another passphrase\n")
        os.close(writing)
        return ["--bundle-fd", str(reading)]

    file = tmp_path / "shop.key"
    vault = ["--passphrase-file", str(passphrase), "--json"]
    made = json.loads(lookalike("key", "new", "shop", *vault)[1])
    exported = lookalike("key", "export", "shop", "-o", str(file), *bundle_descriptor(), *vault)
    assert exported[0] == 0, exported
    assert lookalike("key", "export", "shop", "-o", str(file), *bundle_descriptor(), *vault)[0] == Status.USAGE
    lookalike("key", "destroy", "shop", "--yes", *vault)
    taken = lookalike("key", "import", str(file), *bundle_descriptor(), *vault)
    assert json.loads(taken[1])["identifier"] == made["identifier"]


def test_the_password_of_a_saved_connection_is_nowhere_but_in_the_vault(lookalike, passphrase, tmp_path):
    vault = ["--passphrase-file", str(passphrase)]
    said = lookalike("connect", "add", "shop", "postgresql://ada:hunter2secret@db.test/shop", *vault)
    listed = lookalike("connect", "list", "--json")
    assert (said[0], listed[0]) == (0, 0)
    assert "hunter2secret" not in "".join((*said[1:], *listed[1:]))
    for file in (tmp_path / "workspace").rglob("*"):
        if file.is_file():
            assert b"hunter2secret" not in file.read_bytes(), file


def test_a_failing_connection_never_prints_its_password(lookalike):
    for url in ("postgresql://ada:hunter2secret@127.0.0.1:1/shop", "mysql://ada:hunter2secret@127.0.0.1:1/shop"):
        status, out, err = lookalike("inspect", url)
        assert status == Status.FAILED
        assert "hunter2secret" not in out + err
        assert "Traceback" not in err


def test_a_removed_connection_is_forgotten(lookalike):
    lookalike("connect", "add", "file", "sqlite:///a.db")
    assert lookalike("connect", "remove", "file")[0] == 0
    assert lookalike("connect", "remove", "file")[0] == Status.USAGE
