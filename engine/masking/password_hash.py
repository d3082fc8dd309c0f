"""Password hashes by the hash of a password that testers know."""

from __future__ import annotations

import base64
import hashlib
from collections.abc import Callable, Iterator
from functools import lru_cache
from typing import ClassVar, Literal

import bcrypt
import pyarrow as pa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from cryptography.hazmat.primitives.kdf.pbkdf2 import PBKDF2HMAC
from cryptography.hazmat.primitives.kdf.scrypt import Scrypt
from pydantic import Field, model_validator

from engine.keys import DomainKey
from engine.masking.base import Context, Masker, Properties, Subject
from engine.masking.choose import by_distinct
from engine.masking.sha_crypt import ALPHABET as CRYPT
from engine.masking.sha_crypt import sha512_crypt
from engine.prf import to_range
from engine.problems import Problem

Scheme = Literal[
    "bcrypt", "argon2id", "scrypt", "django_pbkdf2_sha256", "werkzeug_scrypt", "sha512_crypt", "sha256_hex"
]  # fmt: skip
COSTS = {
    "bcrypt": (10, 4, 16), "argon2id": (2, 1, 20), "scrypt": (14, 4, 20), "django_pbkdf2_sha256": (600_000, 1, 5_000_000),
    "werkzeug_scrypt": (15, 4, 20), "sha512_crypt": (5000, 1000, 5_000_000), "sha256_hex": (1, 1, 1),
}  # fmt: skip
"""Default, least and greatest cost: rounds (of bcrypt and scrypt their power of two), or passes over the memory of argon2id."""
BCRYPT_MOST = 72
STANDARD = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/"
BCRYPT = "./ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789"


class PasswordHash(Masker):
    """Every password hash becomes that of one test password, in the scheme that the application expects, so that testers can log in.

    No hash of the source survives, nor its salt; what stays is which accounts have one. Everybody who reads the plan can log in as
    anybody: never on a system that real people use. All rows get the same few hashes, `salts` of them; the masking key salts them.
    """

    name = "password_hash"
    title = "Hash of a known test password"
    properties = Properties(overlap="none")
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"scheme": "bcrypt", "cost": 4, "salts": 3},
        {"scheme": "sha512_crypt", "cost": 1000},
    )

    scheme: Scheme
    """What the application stores; it is not guessed from the column."""
    password: str = Field(default="lookalike", min_length=1)
    """The test password, in clear."""
    cost: int | None = None
    """Of the scheme (rounds; of bcrypt and scrypt their power of two); without it the usual one."""
    salts: int = Field(default=1, ge=1, le=1000)
    """How many different hashes there are; each is computed once a run, and a row's value chooses among them."""
    prefix: Literal["$2a$", "$2b$", "$2y$"] = "$2b$"
    """Of bcrypt hashes: PHP writes `$2y$`, older libraries `$2a$`."""

    @model_validator(mode="after")
    def _costs_what_it_may(self) -> PasswordHash:
        _, least, most = COSTS[self.scheme]
        if self.cost is not None and not least <= self.cost <= most:
            raise ValueError(f"the cost of {self.scheme} is between {least} and {most}")
        if self.scheme == "bcrypt" and len(self.password.encode()) > BCRYPT_MOST:
            raise ValueError(f"bcrypt takes passwords of at most {BCRYPT_MOST} bytes")
        return self

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        if subject.unique or subject.key:
            reason = "the column is unique or a key, and many rows get the same hash."
            yield self.problem(subject, "mask-not-unique", reason, "Mask it with `token`.")
        needed = len(self._hash(b"\0" * 16))
        if subject.column.length is not None and subject.column.length < needed:
            reason = f"a hash of {self.scheme} has {needed} characters, and the column takes {subject.column.length}."
            yield self.problem(subject, "mask-length", reason, "Name the scheme that the application uses.")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        hashes = pa.array([self._hash(salt) for salt in _salts(context.key, self.salts)], pa.string())
        return by_distinct(
            values, lambda texts: hashes.take(pa.array(to_range(context.key.cmac(texts, "password")[:, 0], self.salts)))
        )

    def _hash(self, salt: bytes) -> str:
        return _hashed(self.scheme, self.password.encode(), self.cost or COSTS[self.scheme][0], salt, self.prefix)


def _salts(key: DomainKey, count: int) -> list[bytes]:
    return [key.secret(f"password salt {number}")[:16] for number in range(count)]


@lru_cache(maxsize=4096)
def _hashed(scheme: Scheme, password: bytes, cost: int, salt: bytes, prefix: str) -> str:
    """Computed once: a good scheme takes a quarter of a second."""
    return prefix + _bcrypt(password, cost, salt)[4:] if scheme == "bcrypt" else SCHEMES[scheme](password, cost, salt)


def _bcrypt(password: bytes, cost: int, salt: bytes) -> str:
    text = base64.b64encode(salt).decode().rstrip("=").translate(str.maketrans(STANDARD, BCRYPT))
    return bcrypt.hashpw(password, f"$2b${cost:02d}${text}".encode()).decode()


def _argon2id(password: bytes, cost: int, salt: bytes) -> str:
    kdf = Argon2id(salt=salt, length=32, iterations=cost, lanes=1, memory_cost=19_456)
    return str(kdf.derive_phc_encoded(password))


def _scrypt(password: bytes, cost: int, salt: bytes) -> str:
    """As in the PHC format and passlib: base64 without padding."""
    found = Scrypt(salt=salt, length=32, n=1 << cost, r=8, p=1).derive(password)
    return f"$scrypt$ln={cost},r=8,p=1${_unpadded(salt)}${_unpadded(found)}"


def _unpadded(data: bytes) -> str:
    return base64.b64encode(data).decode().rstrip("=")


def _werkzeug_scrypt(password: bytes, cost: int, salt: bytes) -> str:
    text = _letters(salt, 16)
    found = Scrypt(salt=text.encode(), length=64, n=1 << cost, r=8, p=1).derive(password)
    return f"scrypt:{1 << cost}:8:1${text}${found.hex()}"


def _django_pbkdf2(password: bytes, cost: int, salt: bytes) -> str:
    text = _letters(salt + hashlib.sha256(salt).digest(), 22)
    found = PBKDF2HMAC(SHA256(), 32, text.encode(), cost).derive(password)
    return f"pbkdf2_sha256${cost}${text}${base64.b64encode(found).decode()}"


def _sha512_crypt(password: bytes, cost: int, salt: bytes) -> str:
    return sha512_crypt(password, "".join(CRYPT[byte & 63] for byte in salt), cost)


def _sha256_hex(password: bytes, cost: int, salt: bytes) -> str:
    """Without a salt, as old applications have it."""
    return hashlib.sha256(password).hexdigest()


def _letters(data: bytes, length: int) -> str:
    alphabet = "".join(letter for letter in STANDARD if letter.isalnum())
    return "".join(alphabet[byte % len(alphabet)] for byte in data[:length])


SCHEMES: dict[str, Callable[[bytes, int, bytes], str]] = {
    "bcrypt": _bcrypt,
    "argon2id": _argon2id,
    "scrypt": _scrypt,
    "django_pbkdf2_sha256": _django_pbkdf2,
    "werkzeug_scrypt": _werkzeug_scrypt,
    "sha512_crypt": _sha512_crypt,
    "sha256_hex": _sha256_hex,
}
