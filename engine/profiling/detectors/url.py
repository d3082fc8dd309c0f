"""Web addresses: they tell of a person where they lead to one."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Url(PatternDetector):
    """Addresses with a scheme, or that begin with `www.`; also as Access keeps them, between number signs."""

    name = "url"
    title = "Web address"
    entities = ("url",)
    usual = 0.9
    chance = 0.003
    strongest = 3.0
    lengths = (5, 250)
    letters = (4, 250)
    pattern = r"^(?i)(?:[^#]{0,80}#)?(?:(?:https?|ftp|sftp|ldap)://[^\s]+|www\.[^\s.]+\.[^\s]+)$"
    EXAMPLES = ("https://example.org/ada", "http://localhost:8080", "www.example.org", "Home#http://www.example.org/x#")
    COUNTEREXAMPLES = ("example", "ada@example.org", "C:\\www\\pictures", "httpd", "www")
