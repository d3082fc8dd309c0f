"""Digests that may be of passwords."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Digest(PatternDetector):
    """Hexadecimal or base64 of the length of a digest: of a password, or of a file."""

    name = "digest"
    title = "Digest"
    entities = ("password",)
    usual = 0.35
    hit = 0.95
    chance = 0.01
    alike = 0.97
    lengths = (32, 128)
    pattern = (
        r"^(?:[0-9a-fA-F]{32}|[0-9a-fA-F]{40}|[0-9a-fA-F]{56}|[0-9a-fA-F]{64}|[0-9a-fA-F]{96}"
        r"|[0-9a-fA-F]{128}|[A-Za-z0-9+/]{43}=)$"
    )
    EXAMPLES = (
        "5f4dcc3b5aa765d61d8327deb882cf99",
        "5baa61e4c9b93f3f0682250b6cf8331b7ee68fd8",
        "L/Rlwxzp4w7RWmEgXX+/A7cXaePEPcp+KwQhl2fJL7w=",
    )
    COUNTEREXAMPLES = ("5f4dcc3b", "zf4dcc3b5aa765d61d8327deb882cf99", "123e4567-e89b-12d3-a456-426614174000")
