"""The page of types is what the cases give."""

from tests.matrix.document import PAGE, page


def test_the_page_of_types_says_what_the_cases_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.matrix.document`"
