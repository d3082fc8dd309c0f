"""The PDF of a report, made without a screen."""

from __future__ import annotations

import tomllib
from pathlib import Path

import pytest

from engine.report.figures import figures_of
from engine.report.page import on_paper
from tests.engine.assessment.made import assessed
from tests.engine.report.made import comparison
from tests.required import qt_here

ROOT = Path(__file__).parent.parent.parent


def test_the_distribution_prints_pdf_by_this_function():
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]
    assert project["entry-points"]["lookalike.report_formats"] == {"pdf": "desktop.report_pdf:pdf_of"}


@pytest.mark.parametrize("out", [False, True])
def test_a_report_becomes_pages_of_a_pdf(out):
    qt_here()
    from desktop.report_pdf import pdf_of

    pdf = pdf_of(on_paper(assessed(), figures_of(comparison(), releasable=out), out=out))
    assert pdf.startswith(b"%PDF-")
    assert pdf.rstrip().endswith(b"%%EOF")
    assert pdf.count(b"/Type /Page\n") >= 2
    assert pdf.count(b"/Subtype /Image") >= 3  # the figures are in it
