"""The page of attacks and metrics is what they say of themselves."""

from engine.quality import METRICS
from engine.risk import ATTACKS
from tests.contract.assessment_page import PAGE, page


def test_the_page_of_attacks_and_metrics_says_what_they_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.contract.assessment_page`"


def test_the_page_of_attacks_and_metrics_names_every_one() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in (*ATTACKS, *METRICS) if f"\n## {name}\n" not in text] == []
