"""The help: a file for every page and tab, links that lead somewhere, and nothing that nobody finds."""

from __future__ import annotations

import re
from importlib import import_module

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from desktop.help import FIRST, FOLDER, HelpDialog, topics
from desktop.pages import PAGES
from desktop.pages.plan import PANELS

LINK = re.compile(r"\]\(([^)]+)\)")


def of_pages() -> set[str]:
    """Topics that pages name."""
    places = (place.partition(":") for place in PAGES.values())
    return {getattr(import_module(module), kind).help for module, _, kind in places}


def test_every_page_and_every_panel_of_the_plan_has_its_help():
    assert of_pages() | set(PANELS) <= set(topics())


def test_every_link_leads_to_a_topic():
    for file in FOLDER.glob("*.md"):
        for link in LINK.findall(file.read_text("utf-8")):
            assert (FOLDER / link).is_file(), f"{file.name} leads to {link}"


def test_no_topic_is_one_that_nobody_asks_for():
    linked = {
        link.removesuffix(".md") for file in FOLDER.glob("*.md") for link in LINK.findall(file.read_text("utf-8"))
    }
    assert set(topics()) == of_pages() | set(PANELS) | linked | {FIRST, "keyboard"}


def test_every_topic_begins_with_a_heading_of_its_own():
    assert all(topics().values())
    assert len(set(topics().values())) == len(topics())


def test_f1_opens_the_help_of_the_tab_that_is_shown(window):
    page = window.show_page("plan", {})
    for tab, topic in (("tables", "plan"), ("subset", "subset"), ("synthesis", "synthesis")):
        page.show_tab(tab)
        QTest.keyClick(window, Qt.Key.Key_F1)
        dialog = window.findChild(HelpDialog)
        assert dialog.list.currentItem().text() == topics()[topic]
