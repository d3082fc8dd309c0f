"""SHA-512 crypt, `$6$`, as Ulrich Drepper specified it: no library of ours has it, and Python's own `crypt` is going."""

from __future__ import annotations

import hashlib
from itertools import chain

ALPHABET = "./0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz"
DEFAULT_ROUNDS = 5000


def sha512_crypt(password: bytes, salt: str, rounds: int) -> str:
    """The hash with its parameters; the steps are numbered as in the specification."""
    raw = salt.encode()
    b = hashlib.sha512(password + raw + password).digest()  # 4-8
    a = password + raw + _repeated(b, len(password))  # 1-3, 9-10
    bits = len(password)
    while bits:  # 11
        a += b if bits & 1 else password
        bits >>= 1
    digest = hashlib.sha512(a).digest()  # 12
    p = _repeated(hashlib.sha512(password * len(password)).digest(), len(password))  # 13-16
    s = _repeated(hashlib.sha512(raw * (16 + digest[0])).digest(), len(raw))  # 17-20
    for number in range(rounds):  # 21
        odd = number & 1
        text = p if odd else digest
        text += s if number % 3 else b""
        text += p if number % 7 else b""
        digest = hashlib.sha512(text + (digest if odd else p)).digest()
    said = "" if rounds == DEFAULT_ROUNDS else f"rounds={rounds}$"
    return f"$6${said}{salt}${_encoded(digest)}"


def _repeated(block: bytes, length: int) -> bytes:
    return (block * (length // len(block) + 1))[:length]


def _encoded(digest: bytes) -> str:
    """22: three bytes at a time, 21 places apart, each group turned by one; the last byte alone."""
    groups = [tuple((21 * place + 22 * turn) % 63 for place in range(3)) for turn in range(21)]
    texts = (_base64(digest[x] << 16 | digest[y] << 8 | digest[z], 4) for x, y, z in groups)
    return "".join(chain(texts, [_base64(digest[63], 2)]))


def _base64(number: int, length: int) -> str:
    return "".join(ALPHABET[number >> 6 * place & 63] for place in range(length))
