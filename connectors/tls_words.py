"""What a TLS handshake came to, in our own words: OpenSSL's may quote a certificate."""

from __future__ import annotations

import ssl

from connectors.errors import ConnectError
from connectors.probe import Found, State

# https://docs.openssl.org/3.0/man3/X509_STORE_CTX_get_error/
_VERIFY = {
    9: "its certificate is not valid yet: check the clocks",
    10: "its certificate has expired",
    18: "its certificate is signed by itself; name its authority in the address",
    19: "its certificate comes from an authority that is not trusted here; name that authority in the address",
    20: "its certificate comes from an authority that is not trusted here; name that authority in the address",
    21: "its certificate comes from an authority that is not trusted here; name that authority in the address",
    23: "its certificate was revoked",
    62: "its certificate is another host's",
    64: "its certificate is another host's",
}


def encrypted(secured: ssl.SSLSocket, *, verified: bool, local: bool, how: str) -> Found:
    """`how`: what in the address decides it (`sslmode=require`)."""
    cipher = secured.cipher()
    said = f"{secured.version()}, {cipher[0] if cipher else 'cipher unknown'}"
    if verified:
        return Found(State.OK, f"Encrypted ({said}), and its certificate is verified.")
    state = State.OK if local else State.WARN
    return Found(state, f"Encrypted ({said}), but nobody verifies its certificate ({how}).")


def plain(*, local: bool, how: str) -> Found:
    if local:
        return Found(State.SKIPPED, f"Not encrypted ({how}); nothing leaves this machine.")
    return Found(State.WARN, f"Not encrypted ({how}): who listens on the wire reads everything.")


def distrusted(error: ssl.SSLError, place: object) -> ConnectError:
    if isinstance(error, ssl.SSLCertVerificationError):
        return ConnectError(
            f"TLS with {place} failed: {_VERIFY.get(error.verify_code, 'its certificate is not trusted')}"
        )
    return ConnectError(f"TLS with {place} failed: both sides know no common version or cipher, or it speaks no TLS")
