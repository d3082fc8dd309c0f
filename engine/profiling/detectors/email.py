"""E-mail addresses."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Email(PatternDetector):
    """One address as it is written in messages: local part, @, domain with a dot."""

    name = "email"
    title = "E-mail address"
    entities = ("email",)
    hit = 0.97
    usual = 0.96
    chance = 0.001
    lengths = (6, 250)
    letters = (3, 250)
    sign = "@"
    pattern = r"^(?:mailto:)?[^@\s,;:<>()\[\]\"\\/|]+@[^@\s,;:<>()\[\]\"\\/|_]+\.[^@\s,;:<>()\[\]\"\\/|_.0-9-]{2,}$"
    EXAMPLES = ("ada.lovelace@example.org", "a+b@mail.example.co.uk", "MAX@EXAMPLE.DE", "o'neil@exämple.fr")
    COUNTEREXAMPLES = (
        "@ada",
        "ada@home",
        "git@example.org:repository",
        "5 @ 3.50",
        "https://user@example.org/",
        "a@b.1",
    )
