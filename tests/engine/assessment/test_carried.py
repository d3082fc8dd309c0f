"""What a mask leaves of a value is told of every technique that is installed."""

from __future__ import annotations

import pytest

from engine.assessment.carried import EXCEPTIONS, masked_to
from engine.assessment.view import Carries
from engine.masking import masker_class, masker_names

STAY_NEAR = frozenset("""
    birth_date category coordinates coordinates_cell date_band date_shift date_text microaggregate noise_keep_total number_bucket
    number_noise number_round ordered_dates resample shuffle top_code within
""".split())  # fmt: skip


@pytest.mark.parametrize("name", masker_names())
def test_every_mask_keeps_alters_or_replaces(name: str) -> None:
    """A new technique that is neither kept nor of this list is told by its properties to replace values: look whether it does."""
    expected = Carries.KEPT if name == "keep" else Carries.ALTERED if name in STAY_NEAR else Carries.REPLACED
    # The options do not matter, and not every technique can be made without any.
    assert masked_to(masker_class(name).model_construct()) is expected


def test_exceptions_are_masks_that_there_are() -> None:
    assert set(EXCEPTIONS) <= set(masker_names())
