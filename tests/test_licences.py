"""What Lookalike needs may be given out with Apache-2.0 software, and the page of licences says so."""

from __future__ import annotations

import pytest

from tests.licences import PAGE, allowed, licences


def test_no_package_that_lookalike_needs_is_under_a_licence_that_binds_its_user() -> None:
    assert {name: licence for name, licence in licences().items() if not allowed(licence)} == {}


def test_the_page_of_licences_has_every_package_that_is_installed() -> None:
    text = PAGE.read_text(encoding="utf-8")
    missing = [name for name, licence in licences().items() if f"| {name} | {licence} |" not in text]
    assert missing == [], "run `python -m tests.licences`"


@pytest.mark.parametrize("licence", ["GPL-2.0-only", "GNU General Public License v3 (GPLv3)", "AGPL-3.0", "BUSL-1.1",
                                     "MIT AND GPL-3.0-or-later", "unknown", "LGPL-3.0-only AND GPL-2.0"])  # fmt: skip
def test_a_licence_that_binds_is_not_allowed(licence: str) -> None:
    assert not allowed(licence)


@pytest.mark.parametrize("licence", ["MIT", "BSD License", "LGPL-3.0-only", "MPL-2.0 AND MIT", "Apache 2.0",
                                     "GNU LESSER GENERAL PUBLIC LICENSE Version 2.1, February 1999"])  # fmt: skip
def test_a_licence_that_leaves_its_user_free_is_allowed(licence: str) -> None:
    assert allowed(licence)
