"""`python -m tests.contract.mask_page`: write docs/masks.md from the registry, the titles and the docstrings of the masks."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator
from pathlib import Path

from pydantic.fields import FieldInfo

from connectors.schema import Kind
from engine.masking import MASKERS, masker_class
from engine.masking.base import Masker
from engine.option_docs import option_docs

PAGE = Path(__file__).parents[2] / "docs" / "masks.md"

_HEAD = """\
# Masks

Made by `python -m tests.contract.mask_page` from the masks themselves. A plan names one for each column,
`email = { mask = "email" }`, and writes its options beside the name: `{ mask = "top_code", top_percentile = 99 }`.

*One to one* is yes where distinct values stay distinct on every column the mask can be put on. Some others are one to one on some
columns or with some options; `check` knows, and refuses a mask that could make two values of a unique column one. *Stable* is yes
where a value becomes the same in every table, database and run under one key.
"""


def page() -> str:
    """The whole page: a table of all masks, then each with its options."""
    return "\n".join([_HEAD, *_table(), *(line for name in MASKERS for line in _mask(name))])


def _table() -> Iterator[str]:
    yield "| Mask | What it makes | On columns of | One to one | Stable |"
    yield "|---|---|---|---|---|"
    for name in MASKERS:
        mask = masker_class(name)
        promises = [_yes(mask.properties.bijective), _yes(mask.properties.deterministic)]
        yield f"| {' | '.join([f'[`{name}`](#{name})', _cell(mask.title), _kinds(mask), *promises])} |"
    yield ""


def _mask(name: str) -> Iterator[str]:
    mask = masker_class(name)
    yield f"## {name}\n"
    yield f"{inspect.getdoc(mask)}\n"
    if mask.roles:
        yield f"Roles of its columns: {', '.join(f'`{role}`' for role in mask.roles)}.\n"
    for option, field in mask.model_fields.items():
        yield f"- `{option}`{_default(field)}: {' '.join(option_docs(mask)[option].split())}"
    if mask.model_fields:
        yield ""


def _default(field: FieldInfo) -> str:
    """What holds where the plan does not say, as TOML writes it; TOML has no word for nothing."""
    if field.is_required():
        return " (needed)"
    value = field.get_default(call_default_factory=True)
    return "" if value is None else f", `{json.dumps(value)}` by default"


def _kinds(mask: type[Masker]) -> str:
    return "any type" if mask.kinds == frozenset(Kind) else ", ".join(sorted(mask.kinds))


def _yes(promise: bool) -> str:
    return "yes" if promise else ""


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
