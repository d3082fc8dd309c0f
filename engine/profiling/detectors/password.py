"""Passwords as servers keep them."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class Password(PatternDetector):
    """Hashes that say how they were made: bcrypt, Argon2, scrypt, PBKDF2, crypt, LDAP, Django, MySQL."""

    name = "password"
    title = "Password hash"
    entities = ("password",)
    usual = 0.5
    hit = 0.95
    chance = 0.0005
    alike = 0.8
    lengths = (13, 250)
    pattern = (
        r"^(?:\$2[abxy]?\$[0-9]{2}\$[./A-Za-z0-9]{53}|\$(?:1|5|6|7|y|gy|sha1|apr1|md5|argon2(?:i|d|id)|scrypt|pbkdf2[a-z0-9-]*|P|H|S)\$.+"
        r"|(?:pbkdf2|bcrypt|argon2|scrypt|sha1|md5|pbkdf2_sha256|pbkdf2_sha1|bcrypt_sha256)[:$].{8,}"
        r"|\{(?:S?SHA|S?MD5|SSHA256|SSHA512|CRYPT|PBKDF2[A-Z0-9-]*|bcrypt|noop|pbkdf2|scrypt|argon2)[0-9]*\}.+|\*[0-9A-F]{40}"
        r"|SCRAM-SHA-256\$.+)$"
    )
    EXAMPLES = (
        "$2b$12$R9h/cIPz0gi.URNNX3kh2OPST9/PgBkqquzi.Ss7KIUgO2t0jWMUW", "$argon2id$v=19$m=65536,t=3,p=4$c29tZXNhbHQ$aGFzaA",
        "$6$rounds=5000$salt$hash", "pbkdf2_sha256$260000$salt$hash0000", "{SSHA}W6ph5Mm5Pz8GgiULbPgzG37mj9g=",
    )  # fmt: skip
    COUNTEREXAMPLES = ("$12.50", "$1", "correct horse", "{name}", "5f4dcc3b5aa765d61d8327deb882cf99")
