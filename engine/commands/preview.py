"""`lookalike preview PLAN --source S --table T`: some rows before and after, side by side."""

from __future__ import annotations

from typing import Annotated, Any

import pyarrow as pa
import typer
from rich.box import SIMPLE_HEAD
from rich.table import Table
from rich.text import Text

from connectors.names import parse_table_name
from engine.commands.plans import agreed_domains, key_of, plan_file
from engine.commands.session import PlanPath, Session, SourceOption
from engine.commands.status import UsageError
from engine.preview import Preview, cell
from engine.preview import preview as preview_table
from engine.printing import FAINT, WARN

SHOWN = 60
"""Characters of a cell."""


def preview(
    session: Session,
    plan: PlanPath,
    source: SourceOption,
    table: Annotated[str, typer.Option("--table", help="The table to look at.")],
    rows: Annotated[int, typer.Option("--rows", min=1, max=1000, help="How many rows.")] = 5,
) -> None:
    """Show rows before and after masking, side by side.

    The left side is real data: for those who may see the source.
    """
    file = plan_file(plan)
    try:
        name = parse_table_name(table)
    except ValueError as error:
        raise UsageError(str(error)) from None
    key = key_of(session, file)
    with session.source(source) as database:
        seen = preview_table(file.plan, database, key, name, rows, agreed_domains(session, key.name))
    session.screen.show(preview_data(seen), _side_by_side(seen), _legend(seen))


def _side_by_side(seen: Preview) -> Table:
    """Each row as lines `column | before | after`: it fits every terminal, whatever the number of columns."""
    made = Table(box=SIMPLE_HEAD, pad_edge=False, title=str(seen.table), title_justify="left", title_style="bold")
    for heading in ("", "column", "before", "after"):
        made.add_column(heading, overflow="fold", max_width=SHOWN)
    for number in range(seen.before.num_rows):
        for place, name in enumerate(seen.before.schema.names):
            made.add_row(*_line(seen, number, place, name))
        made.add_section()
    return made


def _line(seen: Preview, number: int, place: int, name: str) -> tuple[Text, ...]:
    before, after = (_cell(cell(side.column(place)[number])) for side in (seen.before, seen.after))
    if seen.changed[number, place]:
        return Text("*", style=WARN), Text(name), Text(before), Text(after, style=WARN)
    return Text(), Text(name), Text(before, style=FAINT), Text("same", style=FAINT)


def _cell(value: Any) -> str:
    if value is None:
        return "NULL"
    if isinstance(value, bytes):
        return f"{len(value):,} bytes" if len(value) != 16 else value.hex()
    text = str(value).replace("\r", " ").replace("\n", " ")
    return text if len(text) <= SHOWN else text[: SHOWN - 1] + "…"


def _legend(seen: Preview) -> Text:
    if not seen.before.num_rows:
        return Text(f"{seen.table} has no rows.")
    changed, cells = int(seen.changed.sum()), seen.changed.size
    return Text(f"* {changed} of {cells} cells changed. The left side is real data.", style=FAINT)


def preview_data(seen: Preview) -> dict[str, Any]:
    """The same for scripts."""
    names = seen.before.schema.names
    return {
        "table": str(seen.table),
        "columns": names,
        "before": _rows(seen.before),
        "after": _rows(seen.after),
        "changed": seen.changed.tolist(),
    }


def _rows(batch: pa.RecordBatch) -> list[list[Any]]:
    return [[_plain(cell(column[row])) for column in batch.columns] for row in range(batch.num_rows)]


def _plain(value: Any) -> Any:
    return value.hex() if isinstance(value, bytes) else value
