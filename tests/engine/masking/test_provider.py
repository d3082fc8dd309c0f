"""Made-up values from Faker or mimesis."""

from __future__ import annotations

import pytest

from engine.masking import make_masker
from engine.masking.base import MaskError
from tests.engine.masking.one_column import OTHER_KEY, codes, mask, subject

COLOUR = {"library": "faker", "provider": "color_name"}
CPU = {"library": "mimesis", "provider": "hardware.cpu"}


@pytest.mark.parametrize("options", [COLOUR, CPU])
def test_equal_values_agree_in_every_batch_and_order_and_differ_by_key(options: dict[str, str]) -> None:
    values = [f"value {number}" for number in range(30)]
    first = mask("provider", values, options)
    assert mask("provider", [*values[::-1], None, ""], options) == [*first[::-1], None, ""]
    assert mask("provider", values, options, key=OTHER_KEY) != first
    assert not set(first) & set(values)


def test_locale_and_arguments_reach_the_library() -> None:
    numbers = mask(
        "provider", ["a", "b"], {**COLOUR, "provider": "pyint", "arguments": {"min_value": 7, "max_value": 9}}
    )
    assert set(numbers) <= {"7", "8", "9"}
    german = {"library": "faker", "provider": "city", "locale": "de_DE"}
    values = [str(number) for number in range(20)]
    assert mask("provider", values, german) != mask("provider", values, {**german, "locale": "fr_FR"})
    assert all(len(text) <= 4 for text in mask("provider", values, german, about=subject(length=4)))


def test_the_version_is_written_into_the_plan_and_another_one_is_refused() -> None:
    made = make_masker("provider", COLOUR).model_dump()
    assert made["made_with"]
    old = {**COLOUR, "made_with": "1.0"}
    assert codes("provider", subject(), old) == ["provider-version"]
    with pytest.raises(MaskError, match="not what is installed"):
        mask("provider", ["a"], old)


@pytest.mark.parametrize(
    "options",
    [
        {**COLOUR, "provider": "nothing"}, {**COLOUR, "provider": "__class__"}, {**COLOUR, "provider": "add_provider"},
        {**COLOUR, "locale": "xx_XX"}, {**COLOUR, "arguments": {"nothing": 1}}, {**CPU, "provider": "hardware.reseed"},
        {**CPU, "provider": "cpu"}, {**CPU, "provider": "random.choice"},
    ],
)  # fmt: skip
def test_what_the_library_does_not_make_is_a_problem(options: dict[str, object]) -> None:
    assert codes("provider", subject(), options) == ["provider-unknown"]


def test_a_key_is_not_made_up() -> None:
    assert codes("provider", subject(key=True), COLOUR) == ["mask-not-unique"]
