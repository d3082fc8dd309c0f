"""Password hashes by the hash of a test password, checked by those who would check a login."""

from __future__ import annotations

import base64
import hashlib
import warnings

import bcrypt
import pytest
from cryptography.hazmat.primitives.kdf.argon2 import Argon2id
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.masking import make_masker
from engine.masking.sha_crypt import sha512_crypt
from tests.engine.masking.one_column import OTHER_KEY, codes, mask, subject

with warnings.catch_warnings():
    warnings.simplefilter("ignore", DeprecationWarning)
    crypt = pytest.importorskip("crypt")

OLD = ["$2b$12$abcdefghijklmnopqrstuuJ1b5QvqQk1C1H1n8b1n8b1n8b1n8b1", "plain", None, "", "plain"]


def hashes(scheme: str, cost: int | None = None, **options: object) -> list[str]:
    return mask("password_hash", OLD, {"scheme": scheme, "cost": cost, "password": "Tést 1", **options})


def _scrypt(parts: list[str]) -> bool:
    salt, found = (base64.b64decode(part + "==") for part in parts[-2:])
    return hashlib.scrypt("Tést 1".encode(), salt=salt, n=16, r=8, p=1, dklen=32) == found


def _werkzeug(method: str, salt: str, found: str) -> bool:
    n, r, p = map(int, method.split(":")[1:])
    return hashlib.scrypt("Tést 1".encode(), salt=salt.encode(), n=n, r=r, p=p, dklen=64).hex() == found


def _django(rounds: str, salt: str, found: str) -> bool:
    return hashlib.pbkdf2_hmac("sha256", "Tést 1".encode(), salt.encode(), int(rounds)) == base64.b64decode(found)


@pytest.mark.parametrize(
    ("scheme", "cost", "accepts"),
    [
        ("bcrypt", 4, lambda text: bcrypt.checkpw("Tést 1".encode(), text.encode())),
        ("argon2id", 1, lambda text: Argon2id.verify_phc_encoded("Tést 1".encode(), text) is None),
        ("scrypt", 4, lambda text: _scrypt(text.split("$"))),
        ("werkzeug_scrypt", 4, lambda text: _werkzeug(*text.split("$"))),
        ("django_pbkdf2_sha256", 10, lambda text: _django(*text.split("$")[1:])),
        ("sha512_crypt", 1000, lambda text: crypt.crypt("Tést 1", text) == text),
        ("sha256_hex", None, lambda text: hashlib.sha256("Tést 1".encode()).hexdigest() == text),
    ],
)
def test_the_test_password_logs_in_and_no_hash_survives(scheme: str, cost: int | None, accepts) -> None:  # type: ignore[no-untyped-def]
    found = hashes(scheme, cost)
    assert accepts(found[0])
    assert found == [found[0], found[0], None, "", found[0]]
    assert found[0] not in OLD


def test_salts_are_the_keys_own_and_as_many_as_said() -> None:
    many = [str(number) for number in range(60)]
    options = {"scheme": "bcrypt", "cost": 4, "salts": 3}
    found = mask("password_hash", many, options)
    assert len(set(found)) == 3
    assert found == mask("password_hash", many, options)
    assert not set(found) & set(mask("password_hash", many, options, key=OTHER_KEY))


@settings(max_examples=25, deadline=None)
@given(
    st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=150),
    st.text("./ab9Z", min_size=1, max_size=16),
)
def test_sha512_crypt_is_what_the_c_library_computes(password: str, salt: str) -> None:
    for rounds, said in ((5000, ""), (1000, "rounds=1000$")):
        assert sha512_crypt(password.encode(), salt, rounds) == crypt.crypt(password, f"$6${said}{salt}")


def test_what_does_not_fit_is_refused() -> None:
    bcrypt_options = {"scheme": "bcrypt", "cost": 4}
    assert codes("password_hash", subject(length=59), bcrypt_options) == ["mask-length"]
    assert codes("password_hash", subject(length=60), bcrypt_options) == []
    assert codes("password_hash", subject(unique=True), bcrypt_options) == ["mask-not-unique"]
    with pytest.raises(ValueError, match="between 4 and 16"):
        make_masker("password_hash", {"scheme": "bcrypt", "cost": 3})
    with pytest.raises(ValueError, match="at most 72 bytes"):
        make_masker("password_hash", {"scheme": "bcrypt", "password": "é" * 40})
