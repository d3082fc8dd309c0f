"""Mailboxes of a house: addresses without a domain of the public Internet."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Mailbox(PatternDetector):
    """A local part, @, and one word: a host of an intranet, or a domain that was cut or made up."""

    name = "mailbox"
    title = "Mailbox"
    entities = ("email",)
    hit = 0.97
    chance = 0.0005
    alike = 0.8
    usual = 0.03
    lengths = (5, 250)
    letters = (2, 250)
    sign = "@"
    pattern = r"^[^@\s,;:<>()/|]+@[A-Za-z0-9-]+$"
    EXAMPLES = ("ada.lovelace@mail", "max@INTRANET", "root@localhost")
    COUNTEREXAMPLES = ("ada@example.org", "@ada", "ada @ home", "user:secret@host")
