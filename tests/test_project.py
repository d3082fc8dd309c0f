"""The project keeps its own shape: what the wheel holds, what an import loads, which way imports go."""

from __future__ import annotations

import ast
import re
import subprocess
import sys
import tomllib
import zipfile
from pathlib import Path

import pytest

from engine.commands import VERBS, load

ROOT = Path(__file__).parent.parent
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text())


def run(*words: str) -> subprocess.CompletedProcess[str]:
    return subprocess.run([sys.executable, *words], cwd=ROOT, capture_output=True, text=True, check=False)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """The names in a wheel built from the files that git would ship."""
    folder = tmp_path_factory.mktemp("wheel")
    listed = subprocess.run(["git", "ls-files", "-z"], cwd=ROOT, capture_output=True, text=True, check=False)
    files = listed.stdout.split("\0") if listed.returncode == 0 else []
    if not any(files):
        pytest.skip("not a git checkout")
    for name in filter(None, files):
        if (ROOT / name).is_file():
            copy = folder / "source" / name
            copy.parent.mkdir(parents=True, exist_ok=True)
            copy.write_bytes((ROOT / name).read_bytes())
    built = subprocess.run(
        [sys.executable, "-m", "pip", "wheel", "--no-deps", "--quiet", "-w", str(folder), str(folder / "source")],
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert built.returncode == 0, built.stderr
    with zipfile.ZipFile(next(folder.glob("*.whl"))) as archive:
        return archive.namelist()


def test_the_wheel_holds_connectors_engine_and_desktop_and_nothing_else(wheel):
    tops = {name.partition("/")[0] for name in wheel}
    assert {top for top in tops if not top.endswith(".dist-info")} == {"connectors", "engine", "desktop"}


def test_the_wheel_holds_every_data_file_of_the_packages(wheel):
    listed = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True).stdout.split(
        "\n"
    )
    shipped = [name for name in listed if name.partition("/")[0] in {"connectors", "engine", "desktop"}]
    data = [name for name in shipped if not name.endswith(".md") and (ROOT / name).is_file()]
    assert sorted(set(data) - set(wheel)) == []


def test_importing_the_engine_loads_neither_torch_nor_qt_nor_a_driver():
    code = "import sys, engine.cli, engine.plan, engine.pipeline, engine.commands.session; print(*sorted(sys.modules))"
    done = run("-c", code)
    assert done.returncode == 0, done.stderr
    loaded = {name.partition(".")[0] for name in done.stdout.split()}
    assert loaded.isdisjoint({"torch", "opacus", "PySide6", "psycopg", "pymysql", "oracledb", "pymssql", "spacy"})


def test_every_file_has_a_docstring_that_says_what_it_is():
    silent = []
    for package in ("connectors", "engine", "desktop", "installer"):
        for path in sorted((ROOT / package).rglob("*.py")):
            source = path.read_text("utf-8")
            if source.strip() and not ast.get_docstring(ast.parse(source)):
                silent.append(str(path.relative_to(ROOT)))
    assert silent == []


def test_no_module_has_the_name_of_one_in_the_standard_library():
    own = {path for package in ("connectors", "engine", "desktop") for path in (ROOT / package).rglob("*.py")}
    # A mask's file is named after the mask, as people write it in a plan.
    allowed = {"__init__", "__main__", "email"}
    assert [str(path) for path in own if path.stem in sys.stdlib_module_names - allowed] == []


def test_every_verb_of_the_registry_can_be_loaded():
    for name in VERBS:
        assert load(name), name


def test_every_dependency_is_pinned():
    constraints = (ROOT / "installer" / "constraints.txt").read_text()
    pinned = {_normal(line.partition("==")[0]) for line in constraints.splitlines() if "==" in line}
    project = PROJECT["project"]
    wanted = [
        *project["dependencies"],
        *(name for extra in project["optional-dependencies"].values() for name in extra),
    ]
    assert {_normal(re.split(r"[\[<>=;~! ]", name)[0]) for name in wanted} - pinned == set()


def test_every_pin_meets_what_the_project_asks_for():
    from packaging.requirements import Requirement

    pins = dict(
        line.split("==") for line in (ROOT / "installer" / "constraints.txt").read_text().splitlines() if "==" in line
    )
    versions = {_normal(name): version for name, version in pins.items()}
    project = PROJECT["project"]
    for text in [
        *project["dependencies"],
        *(part for extra in project["optional-dependencies"].values() for part in extra),
    ]:
        wanted = Requirement(text)
        assert wanted.specifier.contains(versions[_normal(wanted.name)]), text


def test_the_bootstrap_script_needs_nothing_but_the_standard_library():
    tree = ast.parse((ROOT / "installer" / "bootstrap.py").read_text())
    imported = {
        alias.name.partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.Import) for alias in node.names
    } | {(node.module or "").partition(".")[0] for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
    assert imported <= set(sys.stdlib_module_names)


def test_the_bootstrap_script_refuses_an_unknown_verb_with_one_sentence():
    done = run("installer/bootstrap.py", "dmeo")
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def test_the_window_on_a_workspace_of_others_says_so_in_one_line(tmp_path):
    (tmp_path / "letter.txt").write_text("private")
    tmp_path.chmod(0o755)
    done = run("-m", "desktop", "--workspace", str(tmp_path))
    assert (done.returncode, done.stdout, done.stderr.count("\n")) == (2, "", 1)


def _normal(name: str) -> str:
    return re.sub(r"[-_.]+", "-", name).lower()
