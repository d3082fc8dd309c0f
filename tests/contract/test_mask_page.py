"""The page of masks is what the masks say of themselves."""

from engine.masking import MASKERS
from tests.contract.mask_page import PAGE, page


def test_the_page_of_masks_says_what_the_masks_say() -> None:
    assert PAGE.read_text(encoding="utf-8") == page(), "run `python -m tests.contract.mask_page`"


def test_the_page_of_masks_names_every_mask() -> None:
    text = PAGE.read_text(encoding="utf-8")
    assert [name for name in MASKERS if f"\n## {name}\n" not in text] == []
