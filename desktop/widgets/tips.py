"""Tool tips: Qt guesses whether one is rich text, and names of tables may look like it."""

from __future__ import annotations

from html import escape


def plain_tip(text: str) -> str:
    """A tip that says this text to the letter, line by line; empty for none."""
    lines = escape(text, quote=False).replace("\n", "<br>")
    return f"<qt>{lines}</qt>" if text else ""
