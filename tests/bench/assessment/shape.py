"""Find masked people again by their shape: dates kept, dates shifted by person, dates and numbers in bands.

    python -m tests.bench.assessment.shape FOLDER [NAME...] [--result FILE]

FOLDER holds databases as `tests.bench.databases` takes them. Each is planned with `plan --accept`, so names and addresses are
made up; then only what the plan says of dates and measures differs. It is run and assessed by the command line.
"""

from __future__ import annotations

import argparse
import contextlib
import io
import json
import re
import shutil
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from engine import quality, risk
from engine.cli import main
from tests.bench.databases import copies, creators, load
from tests.bench.report import write_result

SHAPE = ("rematching", "fingerprint")
_DATE = re.compile(r'(?m)^(\S+|"[^"\n]+") = \{ mask = "(date_shift|date_text|birth_date)"([^}\n]*)\}')
_MEASURE = re.compile(r'(?m)^(\S+|"[^"\n]+") = \{ mask = "number_noise"(?:, accepted = true)? \}')


@dataclass(frozen=True, slots=True)
class Case:
    database: str
    engine: str
    people: str
    events: str
    """A table of theirs, whose rows are attacked one by one."""
    edges: str
    """Bands of measures."""
    unique: tuple[str, ...] = ()
    """Dates that must stay distinct, so that bands will not do: they become others."""


CASES = (
    Case("pagila", "postgresql", "customer", "rental", "[0, 2, 4, 6, 8, 10]", ("rental_date",)),
    Case("synthea_csv", "sqlite", "patients", "encounters", "[0, 100, 1000, 10000, 100000, 1000000]"),
)


def dates_kept(plan: str, _: Case) -> str:
    return _DATE.sub(r'\1 = { keep = "bench: names are masked, dates are not" }', plan)


def as_accepted(plan: str, _: Case) -> str:
    """Dates of one person move together, measures get noise."""
    return plan


def in_bands(plan: str, case: Case) -> str:
    """Each date by its year, each measure by its band; dates that must stay distinct are made up."""

    def banded(found: re.Match[str]) -> str:
        name, mask, options = found.groups()
        options = re.sub(r', by = (?:"[^"]*"|\[[^\]]*\])', "", options).rstrip()
        if name in case.unique:
            return f'{name} = {{ mask = "pseudonym" }}'
        if mask == "date_text":
            return f'{name} = {{ mask = "date_text"{options}, of = {{ mask = "date_band", to = "year" }} }}'
        return f'{name} = {{ mask = "date_band", to = "year" }}'

    return _MEASURE.sub(rf'\1 = {{ mask = "number_bucket", edges = {case.edges} }}', _DATE.sub(banded, plan))


VARIANTS: dict[str, Callable[[str, Case], str]] = {
    "dates kept": dates_kept,
    "dates shifted by person": as_accepted,
    "dates and measures in bands": in_bands,
}


def measured(source: str, target: str, case: Case, variant: Callable[[str, Case], str], folder: Path) -> dict[str, Any]:
    """Plan, run and assess as a person would; what the shape attacks found."""
    plan, passphrase = folder / "plan.toml", folder / "passphrase"
    passphrase.write_text("bench\n")
    passphrase.chmod(0o600)
    common = ["--workspace", str(folder / "workspace"), "--passphrase-file", str(passphrase), "--json"]
    ends = ["--source", source, "--target", target]
    _said(["plan", source, "-o", str(plan), "--accept", *common])
    plan.write_text(variant(plan.read_text(), case) + _assessed(case.people))
    _said(["run", str(plan), *ends, *common])
    began = time.monotonic()
    told = _said(["assess", "--plan", str(plan), *ends, *common])
    seconds = round(time.monotonic() - began, 1)
    found: dict[str, Any] = {}
    for each in told["risks"]:
        if each["scope"].split(" with ")[0] in (case.people, case.events):
            scope = found.setdefault(each["scope"], {})
            scope[f"{each['attack']} {each['measure']}".strip()] = _figures(each)
    return {"seconds": seconds, **found}


def _assessed(people: str) -> str:
    skip = [name for name in (*risk.registry(), *quality.registry()) if name not in SHAPE]
    return f"\n[assess]\npeople = {json.dumps([people])}\nskip = {json.dumps(skip)}\n"


def _said(words: list[str]) -> dict[str, Any]:
    out = io.StringIO()
    with contextlib.redirect_stdout(out):
        status = main(words)
    if status:
        raise SystemExit(f"{words[0]} ended with {status}: {out.getvalue()[-3000:]}")
    said: dict[str, Any] = json.loads(out.getvalue())
    return said


def _figures(told: dict[str, Any]) -> dict[str, Any] | str:
    keep = ("attempts", "candidates", "top 5", "rank correlation", "records", "people alone with it")
    if told["value"] is None:
        return f"{told['state']}: {told['because']}"
    figures = {name: round(told[name], 4) for name in ("value", "low", "high")}
    guess = told["baseline"]["value"] if told["baseline"] else None
    facts = {name: told["facts"][name] for name in keep if name in told["facts"]}
    return {"state": told["state"], **figures, "baseline": guess, "alarm": told["alarm"], **facts}


def bench() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("names", nargs="*", help="databases; all of them where none is named")
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    results: dict[str, Any] = {}
    for case in CASES:
        if arguments.names and case.database not in arguments.names:
            continue
        with contextlib.ExitStack() as stack:
            creator = creators(stack)
            files = dict(copies(arguments.folder / case.database))[case.engine]
            for label, variant in VARIANTS.items():
                work = Path(tempfile.mkdtemp(prefix=f"lookalike-{case.database}-"))
                source = load(case.engine, files, creator(case.engine, work), work)
                target = creator(case.engine, work)()
                found = measured(source, target, case, variant, work)
                results[f"{case.database} {case.engine}, {label}"] = found
                print(case.database, label, json.dumps(found, indent=1), flush=True)
                shutil.rmtree(work, ignore_errors=True)
    if arguments.result:
        command = " ".join(["python -m tests.bench.assessment.shape FOLDER", *arguments.names])
        write_result(arguments.result, command, {"databases": results})


if __name__ == "__main__":
    bench()
