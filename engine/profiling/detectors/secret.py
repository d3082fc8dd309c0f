"""Keys and tokens that open something."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Secret(PatternDetector):
    """Tokens of services that mark theirs, JSON web tokens, private keys."""

    name = "secret"
    title = "Key or token"
    entities = ("secret",)
    usual = 0.5
    hit = 0.95
    chance = 0.0005
    alike = 0.8
    lengths = (16, 250)
    pattern = (
        r"^(?:(?:Bearer )?eyJ[A-Za-z0-9_-]{8,}\.[A-Za-z0-9_-]{8,}\..*|-----BEGIN [A-Z ]*PRIVATE KEY-----[\s\S]*"
        r"|(?:AKIA|ASIA|AROA|AIDA)[A-Z0-9]{16}|gh[pousr]_[A-Za-z0-9]{20,}|github_pat_[A-Za-z0-9_]{20,}|glpat-[A-Za-z0-9_-]{16,}"
        r"|xox[abeprs]-[A-Za-z0-9-]{10,}|(?:sk|pk|rk)[_-](?:live|test|ant|proj)[_-][A-Za-z0-9_-]{10,}|sk-[A-Za-z0-9]{20,}"
        r"|AIza[A-Za-z0-9_-]{35}|ya29\.[A-Za-z0-9_-]{20,}|SG\.[A-Za-z0-9_-]{16,}\.[A-Za-z0-9_-]{16,}|npm_[A-Za-z0-9]{30,}"
        r"|pypi-[A-Za-z0-9_-]{30,}|hf_[A-Za-z0-9]{30,}|EAA[A-Za-z0-9]{40,}|whsec_[A-Za-z0-9]{16,}"
        r"|(?:Basic|Bearer) [A-Za-z0-9+/_.=-]{16,}"
        r"|dop_v1_[0-9a-f]{32,}|shp(?:at|ss|ca|pa)_[0-9a-fA-F]{32}|key-[0-9a-f]{32}"
        r"|[MN][A-Za-z0-9]{23}\.[A-Za-z0-9_-]{6}\.[A-Za-z0-9_-]{27,})$"
    )
    EXAMPLES = (
        "AKIAIOSFODNN7EXAMPLE", "ghp_0123456789abcdefghijABCDEFGHIJ012345", "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxMjM0In0.c2lnbmF0dXJl",
        "-----BEGIN RSA PRIVATE KEY-----", "xoxb-123456789012-abcdefghijkl",
    )  # fmt: skip
    COUNTEREXAMPLES = (
        "AKIA",
        "eyJ",
        "-----BEGIN CERTIFICATE-----",
        "skeleton-key-of-the-house",
        "github.com/example/repository",
    )
