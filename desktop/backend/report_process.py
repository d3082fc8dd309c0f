"""Reports are written by a process of their own: PDF needs Qt on the main thread, and the backend knows no Qt.

The order comes on standard input, for it holds the passphrase; the answer goes to standard output as JSON.
"""

from __future__ import annotations

import json
import sys
from dataclasses import asdict, dataclass, field
from pathlib import Path

from desktop.backend.child_process import answer_of
from desktop.models.evidence import Exported
from engine.commands.status import Status, UsageError, status_of
from engine.jobs.control import Control


@dataclass(frozen=True, slots=True)
class Order:
    workspace: str
    id: str
    folder: str
    reports: tuple[str, ...]
    """`internal`, `releasable`."""
    formats: tuple[str, ...]
    """`html`, `json`, `pdf`."""
    passphrase: str | None = field(repr=False)


def report(order: Order, control: Control) -> Exported:
    """Have it written. Raises UsageError with the sentence of what went wrong, Cancelled."""
    _, said = answer_of("desktop.backend.report_process", json.dumps(asdict(order)).encode(), control)
    return _heard(said, order.folder)


def _heard(said: bytes, folder: str) -> Exported:
    try:
        answer = json.loads(said)
    except ValueError:
        raise UsageError("The process that writes reports ended without a word; please try again.") from None
    if "error" in answer:
        raise UsageError(answer["error"])
    return Exported(answer.get("folder", folder), tuple(answer["files"]), answer["missing"])


def main() -> None:
    """Carry out the order of standard input."""
    order = Order(**json.loads(sys.stdin.read()))
    try:
        answer = _written(order)
    except OSError as error:
        answer = {
            "error": f"{error.filename or order.folder} cannot be written: {error.strerror}. Choose another folder."
        }
    except Exception as error:
        if status_of(error) in (None, Status.USAGE):
            raise
        answer = {"error": str(error)}
    sys.stdout.write(json.dumps(answer))


def _written(order: Order) -> dict[str, object]:
    from desktop.backend.evidence import key_of
    from engine.assessments import stored_assessment, stored_figures
    from engine.catalog.store import open_catalog
    from engine.keystore import open_keystore
    from engine.report.files import write_reports
    from engine.workspace import open_workspace

    workspace = open_workspace(Path(order.workspace))
    word = order.passphrase
    keystore = open_keystore(workspace.folder, (lambda: word) if word is not None else None)
    assessed = stored_assessment(workspace, open_catalog(workspace.catalog), order.id)
    if assessed is None:
        return {"error": f"there is no finished assessment {order.id} in this workspace"}
    drawn = stored_figures(workspace, assessed, key_of(keystore, assessed))
    folder = Path(order.folder).expanduser().absolute()
    files, missing = write_reports(assessed, drawn, folder, reports=order.reports, formats=order.formats)
    return {"folder": str(folder), "files": [str(file) for file in files], "missing": missing or ""}


if __name__ == "__main__":
    main()
