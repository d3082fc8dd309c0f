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
    pattern = (
        r"^(?i:mailto:)?[^@\s,;:<>()\[\]\"\\/|]+@[\pL0-9](?:[\pL0-9-]*[\pL0-9])?(?:\.[\pL0-9-]+)*\.\pL[\pL0-9-]*\pL$"
    )
    EXAMPLES = ("ada.lovelace@example.org", "a+b@mail.example.co.uk", "MAX@EXAMPLE.DE", "o'neil@exämple.fr")
    COUNTEREXAMPLES = (
        "@ada",
        "ada@home",
        "git@example.org:repository",
        "5 @ 3.50",
        "https://user@example.org/",
        "a@b.1",
    )
