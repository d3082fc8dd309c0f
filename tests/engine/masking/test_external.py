"""Values masked by a command of one's own: what it is given, what it may not do, and what is believed of its answer."""

from __future__ import annotations

import gc
import hashlib
import pickle
import sys
import time
from copy import deepcopy
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from connectors.schema import Kind
from engine.masking import make_masker
from engine.masking.base import MaskError
from engine.masking.external_allow import VARIABLE
from engine.masking.external_process import isolated
from tests.engine.masking.one_column import codes, context, subject

HEAD = f"""#!{sys.executable} -S
import os, sys, time
sys.path[:0] = {[path for path in sys.path if path.endswith("site-packages")]!r}
import pyarrow as pa, pyarrow.compute as pc
source = pa.ipc.open_stream(sys.stdin.buffer)
target = pa.ipc.new_stream(sys.stdout.buffer, source.schema)
for batch in source:
    value = batch.column(0)
"""
TAIL = """
    target.write_batch(pa.record_batch([value], schema=source.schema))
    sys.stdout.buffer.flush()
"""


class Site:
    """A machine whose administrator allows commands."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.file = folder / "external.toml"

    def command(self, body: str, name: str = "mask") -> str:
        path = self.folder / name
        path.write_text(HEAD + "".join(f"    {line}\n" for line in body.splitlines()) + TAIL)
        self.allow(path)
        return str(path)

    def allow(self, path: Path, sha256: str | None = None) -> None:
        found = sha256 or hashlib.sha256(path.read_bytes()).hexdigest()
        self.file.write_text(f'[[command]]\npath = "{path}"\nsha256 = "{found}"\n')
        self.file.chmod(0o644)


@pytest.fixture
def site(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Site:
    found = Site(tmp_path)
    monkeypatch.setenv(VARIABLE, str(found.file))
    return found


def masked(command: str, *batches: list[Any], **options: Any) -> list[list[Any]]:
    masker = make_masker("external", {"command": command, **options})
    about = context("person_c", subject(length=20))
    parts = [pa.record_batch([pa.array(values, pa.string())], names=["c"]) for values in batches]
    return [masker.mask(part, about).column(0).to_pylist() for part in parts]


def test_batches_stream_through_one_process_and_its_key_is_the_domains(site: Site) -> None:
    command = site.command(
        "value = pc.if_else(value.is_valid(), f'{os.getpid()} {source.schema.metadata[b\"lookalike.key\"][:4].decode()}', None)"
    )
    first, second = masked(command, ["Ada", None], ["Bob"])
    assert first == [second[0], None]
    assert context("person_c").key.secret("external").hex()[:4] == first[0][-4:]


def test_it_has_no_environment_no_files_no_folder_of_ours_and_no_network(site: Site) -> None:
    body = """
said = [sorted(os.environ), os.listdir('.'), len(os.listdir('/proc/self/fd')) <= 5, os.getsid(0) == os.getpid()]
try:
    with open(FILE, 'w') as file:
        file.write('x')
    said.append('wrote')
except OSError:
    said.append('no write')
said.append(open('/proc/net/dev').read().count(':'))
value = pa.array([str(part) for part in said])
"""
    command = site.command(f"FILE = {str(site.folder / 'written')!r}{body}")
    environment, listing, few, alone, wrote, networks = (row for row in masked(command, list("abcdef"), memory=4096)[0])
    assert environment in ("['LC_ALL', 'PATH']", "['LC_ALL', 'LC_CTYPE', 'PATH']")
    assert (listing, few, alone, wrote) == ("['command']", "True", "True", "no write")
    assert not isolated() or networks == "1"


@pytest.mark.parametrize(
    ("body", "sentence"),
    [
        ("value = value.slice(1)", "gave back 1 values of type string for 2"),
        ("value = pa.array(['x', None])", "NULLs at other places"),
        ("value = pa.array(['x' * 21] * 2)", "more than 20 characters"),
        ("raise SystemExit(f'{value}')", "ended, or did not answer"),
        ("sys.stdout.buffer.write(b'Ada Byron' * 99); break", "ended, or did not answer"),
        ("bytearray(9 << 30)", "ended, or did not answer"),
        ("time.sleep(60)", "did not answer in time"),
    ],
)
def test_an_answer_that_does_not_fit_ends_the_run_without_a_value(site: Site, body: str, sentence: str) -> None:
    start = time.monotonic()
    with pytest.raises(MaskError, match=sentence) as error:
        masked(site.command(body), ["Ada Byron", "Bob"], timeout=4)
    assert "Ada" not in str(error.value)
    assert error.value.__suppress_context__ or error.value.__context__ is None
    assert time.monotonic() - start < 30


def test_a_copy_of_the_plan_is_equal_and_starts_commands_of_its_own(site: Site) -> None:
    masker = make_masker("external", {"command": "/bin/cat"})
    assert deepcopy(masker) == masker
    assert pickle.loads(pickle.dumps(masker)) == masker


def test_a_command_ends_with_its_plan(site: Site) -> None:
    ((pid,),) = masked(site.command("value = pa.array([str(os.getpid())])"), ["x"])
    gc.collect()
    assert not Path(f"/proc/{pid}").exists()


def test_nothing_runs_that_the_administrator_has_not_allowed(site: Site) -> None:
    command = site.command("pass")
    options = {"command": command}
    warned = [] if isolated() else ["external-network"]
    assert codes("external", subject(), options) == warned
    assert codes("external", subject(unique=True), options) == [*warned, "mask-not-unique"]
    site.allow(Path(command), "0" * 64)
    assert codes("external", subject(), options) == ["external-changed"]
    with pytest.raises(MaskError, match="not the file that was allowed"):
        masked(command, ["x"])
    assert codes("external", subject(), {"command": "/bin/cat"}) == ["external-not-allowed"]
    site.allow(Path(command), "0" * 64)
    Path(command).unlink()
    assert codes("external", subject(Kind.INTEGER), options) == ["external-missing"]
    site.file.chmod(0o666)
    assert codes("external", subject(), options) == ["external-file"]
    site.file.unlink()
    assert codes("external", subject(), options) == ["external-not-allowed"]
    with pytest.raises(ValueError, match="absolute path"):
        make_masker("external", {"command": "cat"})
