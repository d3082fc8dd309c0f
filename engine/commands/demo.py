"""`lookalike demo`: the whole main line on an invented clinic, without a question."""

from __future__ import annotations

import secrets
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import RenderableType
from rich.text import Text

from connectors import open_database
from connectors.names import TableName
from engine.commands.plans import agreed_domains, key_of, office, plan_file
from engine.commands.run import guarantee_shown
from engine.commands.session import Session
from engine.commands.status import Status, UsageError
from engine.demo import build
from engine.evidence import Evidence
from engine.plan import Plan
from engine.planning import Asked, make_plan
from engine.preview import Preview, preview
from engine.printing import BAD, FAINT, GOOD, plural, story
from engine.progress import progress_shown
from engine.runs import run_plan
from engine.verify import verify
from engine.verify_report import VerifyReport
from engine.workspace import private_folder, write_private

SHOWN = ("first_name", "last_name", "birth_date", "email", "phone")
"""What the one row that is shown before and after consists of."""


@dataclass(frozen=True, slots=True)
class Place:
    """The demo's own files. The folder is made by us and nothing else is ever removed from it."""

    folder: Path

    @property
    def source(self) -> Path:
        return self.folder / "clinic.db"

    @property
    def target(self) -> Path:
        return self.folder / "masked.db"

    @property
    def plan(self) -> Path:
        return self.folder / "plan.toml"

    @property
    def passphrase(self) -> Path:
        return self.folder / "passphrase"

    @property
    def workspace(self) -> Path:
        return self.folder / "workspace"


def demo(
    session: Session,
    folder: Annotated[Path, typer.Option("--folder", help="Where everything goes; made new each time.")] = Path("demo"),
) -> int | None:
    """Mask an invented clinic from end to end. Asks nothing."""
    place = _prepared(folder)
    inside = Session(session.screen, place.workspace, lambda: place.passphrase.read_text("utf-8").strip())
    rows = build(place.source)
    # As a reader's login would be: the source is not for writing.
    place.source.chmod(0o444)
    with (
        open_database(f"sqlite:///{place.source}") as source,
        open_database(f"sqlite:///{place.target}") as target,
        progress_shown(session.screen) as report,
    ):
        make_plan(source, place.plan, Asked(accept=True))
        file = plan_file(place.plan)
        key = key_of(inside, file)
        evidence = run_plan(file, source, target, office(inside), progress=report)
        agreed = agreed_domains(inside, key.name)
        verified = verify(file.plan, target, key, workspace=inside.workspace, agreed=agreed, progress=report)
        seen = preview(file.plan, source, key, TableName("patient"), 1, agreed)
    session.screen.show(_data(place, evidence, verified), *_story(place, rows, file.plan, seen, evidence, verified))
    return None if verified.ok else Status.FAULT


def _prepared(folder: Path) -> Place:
    """The folder with what an earlier demo left taken away. Raises UsageError for a folder that is not a demo's."""
    place = Place(folder)
    if folder.exists() and any(folder.iterdir()) and not place.passphrase.exists():
        raise UsageError(f"{folder} is not empty and no earlier demo's: name another folder with --folder")
    private_folder(folder)
    lock = place.plan.with_name(place.plan.name + ".lock")
    for name in (place.source, place.target, place.plan, lock):
        name.unlink(missing_ok=True)
    if not place.passphrase.exists():
        write_private(place.passphrase, secrets.token_urlsafe(24).encode() + b"\n")
    return place


def _story(
    place: Place, rows: dict[str, int], plan: Plan, seen: Preview, evidence: Evidence, verified: VerifyReport
) -> Iterator[RenderableType]:
    """What was found, masked and verified, and where it lies: to be read in ten seconds."""
    yield story(
        (
            (
                "Source",
                f"an invented clinic: {plural(len(rows), 'table')}, {sum(rows.values()):,} rows, {rows['patient']:,} patients",
            ),
            ("Found", _found(plan)),
            ("Masked", f"{evidence.rows:,} rows in {evidence.seconds:.1f} s, for example this patient:"),
            ("", Text(f"before   {_person(seen, after=False)}", style=FAINT)),
            ("", f"after    {_person(seen, after=True)}"),
            ("Verified", _verdict(verified)),
            *(("", part) for part in guarantee_shown(evidence)),
            ("Result", f"{place.target} (source {place.source}, plan {place.plan})"),
        )
    )
    yield Text("\nLook closer, then try a database of your own:", style=FAINT)
    yield f"  lookalike preview {place.plan} -s sqlite:///{place.source} --table visit {_vault(place)}"
    yield f"  lookalike assess {evidence.run} --report {place.folder / 'report'} {_vault(place)}"
    yield "  lookalike plan YOUR_DATABASE_URL -o plan.toml"


def _found(plan: Plan) -> str:
    kept = sum(len(rule.columns) for _, rule in plan.rules() if rule.masker is not None and rule.masker.name == "keep")
    masks = Counter[str]()
    for _, rule in plan.rules():
        if rule.masker is not None and rule.masker.name != "keep":
            masks[rule.masker.name] += len(rule.columns)
    kinds = ", ".join(f"{name} {count}" for name, count in masks.most_common())
    return f"{plural(masks.total(), 'column')} to mask ({kinds}), {kept} to keep, each with its reason in the plan"


def _person(seen: Preview, *, after: bool) -> str:
    row = (seen.after if after else seen.before).to_pylist()[0]
    return " · ".join(str(row[name]) for name in SHOWN)


def _verdict(report: VerifyReport) -> Text:
    keys = sum(len(each.orphans_target) for each in report.tables)
    columns = sum(len(each.exposures) for each in report.tables)
    kept = sum(len(each.kept) for each in report.tables)
    if not report.ok:
        return Text(f"{plural(len(report.faults()), 'fault')}: {report.faults()[0]}", style=BAD)
    return Text(
        f"no fault: every row there, {plural(keys, 'foreign key')} without a new orphan, {kept} kept columns identical, "
        f"no value beyond chance in {columns} masked ones",
        style=GOOD,
    )


def _vault(place: Place) -> str:
    return f"--workspace {place.workspace} --passphrase-file {place.passphrase}"


def _data(place: Place, evidence: Evidence, verified: VerifyReport) -> dict[str, Any]:
    return {
        "source": str(place.source),
        "target": str(place.target),
        "plan": str(place.plan),
        "workspace": str(place.workspace),
        "run": evidence.to_json(),
        "verify": verified.to_json(),
    }
