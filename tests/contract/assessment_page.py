"""`python -m tests.contract.assessment_page`: write docs/assessment.md from the attacks' and metrics' own words."""

from __future__ import annotations

import inspect
import json
from collections.abc import Iterator, Mapping
from pathlib import Path

from pydantic.fields import FieldInfo

from engine.option_docs import option_docs
from engine.quality import METRICS, metric_class
from engine.quality.base import Metric
from engine.risk import ATTACKS, attack_class
from engine.risk.base import Attack

PAGE = Path(__file__).parents[2] / "docs" / "assessment.md"

_HEAD = """\
# Attacks and metrics

Made by `python -m tests.contract.assessment_page` from the attacks and metrics themselves. `lookalike assess` tries every one of
them on a finished target, but for those that the plan leaves out: `[assess] skip = ["membership_classifier"]`.

An attack's figure is a *risk* between 0 (nobody) and 1 (everybody) with its 95 % interval, beside what guessing and a control find. It
raises an *alarm* where chance and the control do not explain it; without the control that an attack needs there is no alarm, which no
policy takes for a good sign. A metric's figure stands beside its *ceiling*, which held-out source records reach, and its *floor*,
which a target reaches that has learned nothing. What cannot be measured says why. No result holds a cell value.
"""


def page() -> str:
    """The whole page: both tables, then each attack and each metric with its options."""
    attacks: dict[str, type[Attack | Metric]] = {name: attack_class(name) for name in ATTACKS}
    metrics: dict[str, type[Attack | Metric]] = {name: metric_class(name) for name in METRICS}
    tables = [*_table("Attack", "What it tries", attacks), *_table("Metric", "What it asks", metrics)]
    return "\n".join(
        [_HEAD, *tables, *(line for each in (*attacks.values(), *metrics.values()) for line in _one(each))]
    )


def _table(kind: str, what: str, found: Mapping[str, type[Attack | Metric]]) -> Iterator[str]:
    yield f"| {kind} | {what} | Follows |"
    yield "|---|---|---|"
    for name, each in found.items():
        yield f"| [`{name}`](#{name}) | {_cell(each.title)} | {_cell(each.source)} |"
    yield ""


def _one(each: type[Attack | Metric]) -> Iterator[str]:
    yield f"## {each.name}\n"
    yield f"{inspect.getdoc(each)}\n"
    if issubclass(each, Attack) and each.remedy:
        yield f"What helps: {each.remedy}\n"
    for option, field in each.model_fields.items():
        yield f"- `{option}`{_default(field)}: {' '.join(option_docs(each)[option].split())}"
    if each.model_fields:
        yield ""


def _default(field: FieldInfo) -> str:
    """What holds where nobody says."""
    if field.is_required():
        return " (needed)"
    return f", `{json.dumps(field.get_default(call_default_factory=True), default=str)}` by default"


def _cell(text: str) -> str:
    return text.replace("|", r"\|")


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
