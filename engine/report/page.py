"""An assessment as a page: self-contained HTML with its figures as SVG; it needs no script and fetches nothing."""

from __future__ import annotations

import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.resources import files
from itertools import groupby

from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from engine.assessment.assessed import Assessed, seal
from engine.assessment.policy import FAMILIES
from engine.assessment.result import ALL, Fact, Quality, Risk, State
from engine.assessment.verdict import Verdict
from engine.privacy.said import BANDS, band, sentences
from engine.report.figures import Figures
from engine.report.releasable import OMITTED, left_out, releasable
from engine.report.words import NOT_DP, capital, done, gravity, of_source, shortened, title_of, told

MOST_BARS = 40
"""Of risks that are drawn; the table has them all."""
_WIDEST = 640
"""Pixels of a page of A4 between its margins."""
_CONTROLS = [code for code in range(0xA0) if (code < 0x20 or code >= 0x7F) and chr(code) not in "\t\n\r"]
_TURNING = dict.fromkeys(
    [*_CONTROLS, *range(0x202A, 0x202F), 0x2066, 0x2067, *range(0xD800, 0xE000), 0xFFFE, 0xFFFF], "\ufffd"
)
_CAPTIONS = {
    "validity": "Does the database keep its own rules?",
    "fidelity": "How like the source is it? The ceiling is how like each other two halves of the source are.",
    "utility": "Does work done on it come to the same? The floor is what comes of labels that were permuted.",
    "diversity": "Does it have what the source has, also what is rare?",
    "bias": "Are groups treated as in the source?",
}


@dataclass(frozen=True, slots=True)
class Paper:
    """A page for a printer of rich text: its figures stand beside it and are named in it as images `figure:0`, `figure:1`..."""

    html: str
    figures: tuple[tuple[str, int], ...]
    """SVG and width in pixels of each."""


def internal_report(assessed: Assessed, figures: Figures) -> str:
    """The page for those who may see the source. It names values of real data. Raises ValueError for figures of the other report."""
    return _page(assessed, figures, out=False)


def releasable_report(assessed: Assessed, figures: Figures) -> str:
    """The page that may go with the target. Raises ValueError for figures that are not for release."""
    return _page(assessed, figures, out=True)


def on_paper(assessed: Assessed, figures: Figures, *, out: bool) -> Paper:
    """Either of them for paper, as an installed report format prints it."""
    drawn: list[tuple[str, int]] = []
    page = _page(assessed, figures, out=out, drawn=drawn)
    # Rich text takes the alignment of cells from attributes alone.
    page = page.replace('<th scope="col">', '<th align="left">').replace('<th scope="row">', '<th align="left">')
    return Paper(page.replace(' class="n">', ' align="right">'), tuple(drawn))


def _page(assessed: Assessed, figures: Figures, *, out: bool, drawn: list[tuple[str, int]] | None = None) -> str:
    if figures.releasable is not out:
        raise ValueError("these figures were made for the other report")
    shown = releasable(assessed) if out else assessed
    paper = drawn is not None
    return _environment().get_template("report.jinja").render(
        assessed=shown,
        figures=figures,
        out=out,
        paper=paper,
        drawn=drawn,
        border=Markup(' border="0" cellspacing="0" cellpadding="3" width="100%"') if paper else "",
        gap=Markup("<p></p>") if paper else "",
        css=Markup(_style("print.css" if paper else "report.css")),
        done=tuple(done(shown)),
        told=told(shown.risks),
        unasked=_unasked(shown),
        rows=sum(table.target or 0 for table in shown.tables.values()),
        looked=sum(table.source_sampled or 0 for table in shown.tables.values()),
        measured=_drawn_risks(shown),
        risks=sorted((risk for risk in shown.risks if _found(risk)), key=gravity, reverse=True),
        families=_families(shown),
        missing=_missing(shown),
        captions=_CAPTIONS,
        gone=left_out(assessed),
        omitted=OMITTED,
        bands=[(most, word) for most, word in BANDS if math.isfinite(most)],
        not_dp=NOT_DP,
        entities=_entities(shown),
        seal=seal(shown.to_json()),
    )  # fmt: skip


def _unasked(assessed: Assessed) -> list[str]:
    """Attacks that raise an alarm which the policy lets pass."""
    alarms = {risk.attack for risk in assessed.risks if risk.alarm}
    failed = {risk.attack for risk in assessed.risks if assessed.verdict_of(risk) == Verdict.FAIL.value}
    return sorted(map(title_of, alarms - failed)) if assessed.policy is not None else []


def _drawn_risks(assessed: Assessed) -> list[Risk]:
    """The gravest of those that were measured of the target."""
    measured = (risk for risk in assessed.risks if risk.risk is not None and _found(risk) and not of_source(risk))
    return sorted(measured, key=gravity, reverse=True)[:MOST_BARS]


def _families(assessed: Assessed) -> list[tuple[str, list[Quality]]]:
    ordered = sorted(filter(_found, assessed.quality), key=lambda each: FAMILIES.index(each.family))
    return [(family, list(rows)) for family, rows in groupby(ordered, key=lambda each: each.family)]


def _entities(assessed: Assessed) -> list[str]:
    """Those that are named in short, in full."""
    results: list[Risk | Quality] = [*assessed.risks, *assessed.quality]
    scopes = dict.fromkeys(each.scope for each in results)
    return [scope for scope in scopes if shortened(scope) != scope]


def _found(result: Risk | Quality) -> bool:
    return result.state is not State.NOT_MEASURED


@dataclass(frozen=True, slots=True)
class _Missing:
    """What was not measured for one reason."""

    name: str
    because: str
    measures: tuple[str, ...]
    scopes: tuple[str, ...]


def _missing(assessed: Assessed) -> list[_Missing]:
    """All that was not measured, together where the name, the reason and the figures are the same."""
    results: list[Risk | Quality] = [*assessed.risks, *assessed.quality]
    measures: dict[tuple[str, str, str], list[str]] = {}
    for each in results:
        if not _found(each):
            name = each.attack if isinstance(each, Risk) else each.metric
            measures.setdefault((name, each.because, each.scope), []).append(each.measure)
    scopes: dict[tuple[str, str, tuple[str, ...]], list[str]] = {}
    for (name, because, scope), found in measures.items():
        scopes.setdefault((name, because, tuple(each for each in found if each not in ("", ALL))), []).append(scope)
    return [_Missing(*key, tuple(found)) for key, found in scopes.items()]


@cache
def _environment() -> Environment:
    made = Environment(
        finalize=_harmless,
        loader=PackageLoader("engine.report", ""),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.filters |= {
        "figure": _figure, "rate": _rate, "percent": _percent, "facts": _facts, "cut": _cut, "unit": _unit, "placed": _placed,
        "sentences": sentences, "band": band, "capital": capital, "coded": _coded, "shortened": shortened,
    }  # fmt: skip
    return made


def _harmless(shown: object) -> object:
    """Without characters that no page may hold, and those that would turn the order of the words around them."""
    return shown.translate(_TURNING) if type(shown) is str else shown


def _coded(text: str) -> Markup:
    """With what stands between backticks as code."""
    return Markup(re.sub(r"`(\w+)`", r"<code>\1</code>", escape(text)))


@pass_context
def _placed(context: Context, svg: str, width: int) -> str:
    """Into the page; where it is for paper, beside it."""
    drawn: list[tuple[str, int]] | None = context["drawn"]
    if drawn is None:
        return Markup(svg)
    drawn.append((str(svg), width))
    return Markup('<img src="figure:{}" width="{}">').format(len(drawn) - 1, min(width, _WIDEST))


@cache
def _style(name: str) -> str:
    return files("engine.report").joinpath(name).read_text("utf-8")


def _figure(value: float | int) -> str:
    """Four digits at most; whole numbers whole."""
    return f"{value:,}" if isinstance(value, int) else f"{value:.4g}"


def _rate(share: float) -> str:
    """Three decimals, and never a 0 or a 1 that is none."""
    if 0 < share < 0.0005:
        return "<0.001"
    return ">0.999" if 0.9995 <= share < 1 else f"{share:.3f}"


def _percent(share: float) -> str:
    return f"{100 * share:.1f} %" if 0 < share < 0.1 else f"{100 * share:.0f} %"


def _facts(facts: Mapping[str, Fact]) -> str:
    return ", ".join(f"{name} {_fact(value)}" for name, value in facts.items() if value is not None)


def _fact(value: Fact) -> str:
    if isinstance(value, bool):
        return "yes" if value else "no"
    return _figure(value) if isinstance(value, int | float) else str(value)


def _cut(words: object, most: int) -> str:
    text = str(words)
    return text if len(text) <= most else text[: most - 1] + "…"


def _unit(value: float) -> float:
    """Inside the picture."""
    return min(1.0, max(0.0, value))
