"""The two pages: whole, self-contained, harmless whatever things are called, and the releasable one without the source."""

from __future__ import annotations

import re
from dataclasses import replace
from html.parser import HTMLParser
from importlib.resources import files
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from engine.assessment.assessed import Spent, TableAssessed, check_seal, read, sealed
from engine.assessment.context import Context
from engine.assessment.measuring import parts_of
from engine.assessment.result import Interval, Quality, Rests, Risk
from engine.privacy.guarantee import NoGuarantee
from engine.report.figures import Figures, figures_of
from engine.report.lineage import Lineage, Node
from engine.report.page import internal_report, on_paper, releasable_report
from engine.report.releasable import left_out, releasable
from engine.report.shares import Distribution
from tests.engine.assessment.made import GUARANTEE, assessed
from tests.engine.report.made import CANARY, TOLD, comparison

SLOW = ("membership_classifier", "detection", "detection_entities", "prediction", "workload", "membership_queries")
HOSTILE = "</script></svg></style><script>alert(1)</script><img src=x onerror=alert(2)>\"'&"
REVERSED = "\u202egnp.exe"
ARABIC = "جدول العملاء الطويل جدا " * 5
VOID = {"meta", "img", "br"}


class Page(HTMLParser):
    """What stands in a page: its elements with their attributes, its text, and whether everything opened is closed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(html)
        self.close()

    def handle_starttag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag, attrs):
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag

    def handle_data(self, data):
        self.text += data

    def of(self, tag: str) -> list[dict[str, str | None]]:
        return [attributes for name, attributes in self.elements if name == tag]


@pytest.fixture(scope="module")
def whole():
    return comparison()


@pytest.fixture(scope="module")
def pages(whole):
    return {
        "internal": internal_report(assessed(), figures_of(whole)),
        "releasable": releasable_report(assessed(), figures_of(whole, releasable=True)),
    }


@pytest.mark.parametrize("level", ["internal", "releasable"])
def test_a_page_fetches_nothing_and_runs_nothing(pages, level):
    page = Page(pages[level])
    assert not page.open
    assert not page.of("script") + page.of("link") + page.of("iframe") + page.of("img") + page.of("object")
    for _, attributes in page.elements:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "href", "action", "style")]
    styles = pages[level].split("<style>")[1].split("</style>")[0]
    assert "url(" not in styles
    assert "@import" not in styles


@pytest.mark.parametrize("level", ["internal", "releasable"])
def test_a_page_is_read_without_seeing_it(pages, level):
    page = Page(pages[level])
    headings = [int(tag[1]) for tag, _ in page.elements if re.fullmatch(r"h[1-6]", tag)]
    assert headings.count(1) == 1
    assert all(below - above <= 1 for above, below in pairwise(headings))
    assert all("scope" in attributes for attributes in page.of("th"))
    assert len(page.of("caption")) == len(page.of("table"))
    assert page.of("html") == [{"lang": "en"}]
    assert page.of("svg")
    assert all(svg["role"] == "img" and svg["aria-label"] for svg in page.of("svg"))


@pytest.mark.parametrize("level", ["internal", "releasable"])
def test_every_figure_is_svg_with_a_title_and_a_description(pages, level):
    for svg in re.findall(r"<svg.*?</svg>", pages[level], re.DOTALL):
        root = ElementTree.fromstring(svg)
        assert root[0].tag.endswith("title")
        assert root[0].text
        assert root[1].tag.endswith("desc")
        assert root[1].text


def test_an_officer_reads_the_verdict_the_promise_and_every_attack_first(pages):
    summary = pages["internal"].split('class="summary"')[1].split("</section>")[0]
    assert "Policy <bdi>internal-test</bdi>" in summary
    assert "keyed pseudonymisation is not differential privacy" in summary
    assert "62 of 100 (95 % interval: 58 to 66), more than chance explains" in summary
    assert "No better than guessing" in summary
    assert "Not measured. There are 5 records, and 20 are the least." in summary
    assert "proves nothing" in summary
    assert "Free text of customer.note is not examined." in summary
    assert "1 attack raises an alarm that no line of the policy forbids" in summary


def test_the_internal_page_says_that_it_is_internal_and_shows_both_sides(pages):
    assert "Measured on real data: internal" in pages["internal"]
    assert CANARY in pages["internal"]
    assert TOLD in pages["internal"]


def test_the_releasable_page_has_nothing_of_the_source(pages):
    page = pages["releasable"]
    assert CANARY not in page
    assert TOLD in page
    assert "db.internal" not in page
    assert "rematching" not in page
    assert "5 of 6 results rest on the source and are left out" in page
    assert "Every attack and every figure that was computed from the source" in page
    assert "k 4, people 1,200" in page  # of the target alone
    assert "customer.note" not in page


def test_what_was_not_measured_stands_with_its_reason_and_not_among_the_figures(pages):
    listed = pages["internal"].split("<h2>Not measured</h2>")[1].split("</section>")[0]
    assert "There are 5 records, and 20 are the least." in listed
    assert "KHopTrends" in listed
    assert "singling_out" not in pages["internal"].split("<h2>Risks</h2>")[1].split("</section>")[0]


def test_figures_of_the_source_are_refused_for_release(whole):
    with pytest.raises(ValueError, match="other report"):
        releasable_report(assessed(), figures_of(whole))
    with pytest.raises(ValueError, match="other report"):
        internal_report(assessed(), Figures(releasable=True))


def test_what_is_released_is_the_same_whatever_was_measured_of_the_source():
    """No figure, verdict or count of it shows through."""
    one, other = assessed("strict"), assessed("strict")
    worse = tuple(
        replace(risk, risk=Interval(1.0, 1.0, 1.0), alarm=True) if risk.rests is Rests.SOURCE else risk
        for risk in one.risks
    )
    tables = {name: replace(table, source=9, source_sampled=9) for name, table in one.tables.items()}
    other = replace(other, risks=worse, tables=tables, left=("x",), seconds=1.0, run_evidence="other")
    assert releasable(one).to_json() == releasable(other).to_json()


def test_the_verdict_of_a_line_that_rests_on_the_source_is_omitted():
    said = releasable(assessed("strict")).to_json()
    verdicts = {line["asked"]: line["verdict"] for line in said["policy"]["lines"]}
    assert verdicts["guarantee epsilon: at most 1"] == "fail"
    assert verdicts["attack classes, prosecutor maximum: at most 0.04"] == "fail"
    assert verdicts["attack *: no alarm"] == "omitted"
    assert said["verdict"] == "omitted"


def test_the_json_for_release_is_sealed_and_read_like_the_other():
    out = releasable(assessed())
    assert read(check_seal(sealed(out.to_json()))) == out
    assert (left_out(assessed()).risks, left_out(assessed()).quality) == (5, 3)


@pytest.mark.parametrize(
    "name",
    [HOSTILE, REVERSED, ARABIC, "{{ 7001*7001 }}", "\x00\x0b"],
    ids=["tags", "rtl", "arabic", "jinja", "control"],
)
def test_hostile_names_are_text_and_nothing_else(name):
    drawn = Distribution(name, name, "category", (name, name), (0.5, 0.5), (0.4, 0.6), 0.1)
    graph = Lineage((Node(name, "mask", 0, 0), Node("b", name, 1, 0)), (("b", name),))
    figures = Figures(distributions=(drawn,), lineage=graph)
    odd = assessed(
        plan=name, tables={name: TableAssessed("mask", 1, 1)}, left=(name,), models=(name,),
        risks=(Risk(name, name, name, risk=Interval(0.5, 0.4, 0.6), because=name, facts={name: name}),),
        quality=(Quality(name, name, "fidelity", name, value=0.1, because=name),),
    )  # fmt: skip
    for html in (internal_report(odd, figures), on_paper(odd, figures, out=False).html):
        page = Page(html)
        assert not page.open
        assert not page.of("script")
        assert not [attributes for _, attributes in page.elements if "onerror" in attributes]
        assert "49014001" not in page.text or name != "{{ 7001*7001 }}"
    for svg in re.findall(r"<svg.*?</svg>", internal_report(odd, figures), re.DOTALL):
        ElementTree.fromstring(svg)


def test_nothing_measured_makes_a_page_too():
    empty = assessed(None, risks=(), quality=(), tables={}, guarantees=(), budgets=(), left=())
    assert "Nobody has said what is enough" in internal_report(empty, Figures())
    assert "No attack was tried" in internal_report(empty, Figures())
    assert "No attack rests on the target alone" in releasable_report(empty, Figures(releasable=True))


@pytest.mark.parametrize("kind", ["distributions", "heat_maps", "cardinalities"])
def test_what_there_was_no_room_for_is_said(whole, kind):
    page = internal_report(assessed(), replace(figures_of(whole), undrawn={kind: 7}))
    assert len(re.findall(r"7 further [a-z ]+ are not drawn", page)) == 1


def test_a_guarantee_of_the_whole_and_a_budget_without_bound_are_said():
    spent = (Spent("shoppers", None, 1e-6), Spent("guests", 40.0, 1e-6), Spent("staff", 0.5, 1e-6, 1.0))
    odd = assessed(guarantee=GUARANTEE, guarantees=(GUARANTEE, NoGuarantee("it was read without noise")), budgets=spent)
    page = internal_report(odd, Figures())
    assert "The target as a whole carries this guarantee." in page
    assert "No guarantee: it was read without noise." in page
    assert "spent: without bound" in page
    assert "keyed pseudonymisation is not differential privacy" in page
    assert Page(page).of("svg")


def test_every_colour_of_text_stands_out_from_its_ground():
    """WCAG 2.1, 1.4.3: 4.5 to 1 at least, by light and by dark and on paper."""
    css = files("engine.report").joinpath("report.css").read_text()
    themes = [
        dict(re.findall(r"--(\w+): (#[0-9a-f]{6})", block)) for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)
    ]
    assert len(themes) == 3
    for theme in themes:
        for colour in ("ink", "muted", "link", "alarm", "pass", "open"):
            assert contrast(theme[colour], theme["paper"]) >= 4.5, (colour, theme)
            assert contrast(theme[colour], theme["panel"]) >= 4.5, (colour, theme)
        for badge in ("alarm", "pass", "open", "muted"):
            assert contrast(theme["onbadge"], theme[badge]) >= 4.5, (badge, theme)


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def test_no_value_of_either_side_is_in_the_sealed_json():
    """Results and figures are made of the same rows; only figures name values."""
    few = comparison(rows=120)
    found = [
        result
        for part in parts_of(few, skip=SLOW)
        for result in part.measure.measure(few, part.scope, Context(seconds=0.2))
    ]
    risks, quality = (tuple(each for each in found if isinstance(each, kind)) for kind in (Risk, Quality))
    text = sealed(assessed(risks=risks, quality=quality).to_json())
    assert len(risks) > 2
    assert len(quality) > 20
    assert not [value for value in (CANARY, TOLD, "Leipzig", "Łódź", "München") if value in text]
