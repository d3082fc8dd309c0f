"""Every pair of colours that meets on the screen can be read, in every set."""

from __future__ import annotations

from dataclasses import replace
from itertools import product

import pytest
from PySide6.QtGui import QPalette
from PySide6.QtWidgets import QDialog

from desktop.pages import PAGES
from desktop.settings import Scheme
from desktop.theme.look import look, palette
from desktop.theme.sheet import style_sheet
from desktop.theme.tokens import CONTRAST, DARK, LIGHT, SIGNS, Tokens, Tone, contrast
from tests.desktop.conftest import until
from tests.desktop.shell import as_new
from tests.desktop.stalls import Stalls, monitored

SETS = pytest.mark.parametrize("tokens", [LIGHT, DARK, CONTRAST], ids=["light", "dark", "contrast"])
LEAST = 4.5
"""WCAG 2.2, success criterion 1.4.3."""


@pytest.fixture
def window(one_window):
    yield as_new(one_window)
    look().put_on(Scheme.SYSTEM, 0)


def test_contrast_is_what_wcag_says():
    assert contrast("#000000", "#FFFFFF") == pytest.approx(21)
    assert contrast("#777777", "#FFFFFF") == pytest.approx(4.48, abs=0.01)


@SETS
def test_text_is_readable_on_every_surface(tokens: Tokens):
    surfaces = (tokens.background, tokens.panel, tokens.selection)
    inks = (tokens.text, tokens.secondary, *(tokens.ink(tone) for tone in Tone))
    poor = [(ink, on) for ink, on in product(inks, surfaces) if contrast(ink, on) < LEAST]
    assert poor == []


@SETS
@pytest.mark.parametrize("tone", Tone)
def test_a_badge_is_readable_on_its_own_colour(tokens: Tokens, tone: Tone):
    assert contrast(tokens.ink(tone), tokens.soft(tone)) >= LEAST


@SETS
def test_the_button_that_goes_on_is_readable_also_when_it_is_off(tokens: Tokens):
    assert contrast(tokens.on_accent, tokens.accent) >= LEAST
    assert contrast(tokens.secondary, tokens.background) >= LEAST


@SETS
def test_the_ring_of_the_keyboard_can_be_seen(tokens: Tokens):
    """WCAG 2.2, success criterion 1.4.11: 3 to 1 for what is no text."""
    assert min(contrast(tokens.focus, on) for on in (tokens.background, tokens.panel)) >= 3


@SETS
def test_the_palette_of_widgets_without_a_style_is_readable(tokens: Tokens):
    made, role = palette(tokens), QPalette.ColorRole
    for text, base in (
        (role.Text, role.Base),
        (role.WindowText, role.Window),
        (role.ButtonText, role.Button),
        (role.HighlightedText, role.Highlight),
    ):
        assert contrast(made.color(text).name(), made.color(base).name()) >= LEAST


def test_no_tone_that_says_something_is_told_by_colour_alone():
    assert all(SIGNS[tone] for tone in Tone if tone is not Tone.PLAIN)
    assert len(set(SIGNS.values())) == len(Tone)


@pytest.mark.parametrize("points", [6, 10, 24])
def test_lengths_grow_with_the_text(points: int):
    sheet = style_sheet(LIGHT, points)
    assert "$" not in sheet
    assert f"font-size: {round(points * 1.5)}pt" in sheet


def test_colours_change_while_the_window_is_open(qapp):
    shown = look()
    shown.put_on(Scheme.DARK, 0)
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == DARK.background
    shown.put_on(Scheme.LIGHT, 2)
    assert qapp.palette().color(QPalette.ColorRole.Window).name().upper() == LIGHT.background
    assert qapp.font().pointSize() == 12
    shown.put_on(Scheme.SYSTEM, 0)


def switch_colours(window) -> Stalls:  # type: ignore[no-untyped-def]
    desk = window.desk
    with monitored() as stalls:
        for scheme, points in ((Scheme.DARK, 0), (Scheme.CONTRAST, 4), (Scheme.LIGHT, 0)):
            desk.remember(replace(desk.settings, scheme=scheme, points=points))
            sheet = style_sheet(look().tokens, 10 + points)
            until(lambda sheet=sheet: {part.styleSheet() for part in _parts(window)} == {sheet}, 5)
    return stalls


def test_other_colours_and_larger_text_on_every_page_hold_nothing_up(window):
    for name in PAGES:
        window.show_page(name, {})
    window.show_page("plan", {})
    for tab in ("subset", "synthesis", "preview"):
        window.pages["plan"].show_tab(tab)
    window.show_settings()
    until(lambda: window.findChild(QDialog).isVisible())
    until(lambda: window._read_ahead is None or not any(window._read_ahead.reads(name) for name in PAGES))
    # A gap of ours comes each time; one of a busy machine does not.
    gaps = [switch_colours(window) for _ in range(3)]
    assert any(not stalls.found for stalls in gaps), "\n".join(map(str, gaps))
    window.findChild(QDialog).close()


def test_a_page_that_is_shown_before_its_turn_wears_the_new_colours(window):
    window.show_page("jobs", {})
    window.show_page("home", {})
    look().put_on(Scheme.DARK, 0)
    page = window.show_page("jobs", {})
    assert page.styleSheet() == style_sheet(DARK, 10)


def _parts(window):
    pages = [part for page in window.pages.values() for part in page.parts]
    return [window.navigation, window.top, window.menuBar(), window.palette_, window.findChild(QDialog), *pages]
