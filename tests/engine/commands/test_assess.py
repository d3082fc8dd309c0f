"""What a person sees of an assessment at the command line."""

from __future__ import annotations

import io
import re

import pytest
from rich.console import Console

from engine import risk as attacks
from engine.commands.assess import assessed_shown
from engine.masking import masker_names
from engine.report.words import LONGEST, shortened
from tests.engine.assessment.made import assessed


@pytest.mark.parametrize("width", [80, 120])
def test_no_word_of_an_attack_is_broken_on_a_terminal_of(width: int) -> None:
    out = io.StringIO()
    console = Console(file=out, width=width)
    for part in assessed_shown(assessed()):
        console.print(part)
    lines = out.getvalue().splitlines()
    assert max(map(len, lines)) <= width
    row = next(line for line in lines if line.lstrip().startswith("rematching"))
    assert "0.58-0.66" in row
    assert row.split()[-1] == "1"
    assert "synthesis alone" in " ".join(out.getvalue().split()), "what helps is wrapped, not cut off"


def test_an_attack_that_raises_an_alarm_says_what_helps() -> None:
    out = io.StringIO()
    console = Console(file=out, width=200)
    for part in assessed_shown(assessed()):
        console.print(part)
    assert "What helps" in out.getvalue()
    assert "`date_shift`" in out.getvalue()
    assert "until more look alike" not in out.getvalue(), "nothing is said of attacks without an alarm"


@pytest.mark.parametrize("name", attacks.ATTACKS)
def test_every_attack_says_what_helps_and_names_masks_that_there_are(name: str) -> None:
    remedy = attacks.attack_class(name).remedy
    assert remedy.endswith(".")
    assert set(re.findall(r"`(\w+)`", remedy)) <= {*masker_names(), *attacks.ATTACKS}


def test_a_long_entity_keeps_its_root_and_counts_what_it_does_not_name() -> None:
    assert shortened("customer") == "customer"
    assert shortened("customer with orders, items") == "customer with orders, items"
    long = shortened("customer with orders, order_items, payments, addresses, order_notes")
    assert len(long) <= LONGEST
    assert long.startswith("customer with orders")
    assert long.endswith("more")
    assert shortened("a" * 39 + " with b, c") == "a" * 39 + " with 2 tables"
