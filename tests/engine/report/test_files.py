"""Reports of an assessment as files."""

from __future__ import annotations

from pathlib import Path

from engine.assessment.assessed import check_seal, read
from engine.report.files import write_reports
from tests.engine.assessment.made import assessed


def test_both_reports_of_a_target_that_was_not_measured_are_written(tmp_path: Path) -> None:
    """Without figures there is still a page that says why, and its sealed data."""
    found = assessed()
    written, _ = write_reports(found, None, tmp_path / "reports")
    names = {path.name for path in written if path.suffix != ".pdf"}
    assert names == {"internal.html", "internal.json", "releasable.html", "releasable.json"}
    assert read(check_seal((tmp_path / "reports" / "internal.json").read_text())) == found
