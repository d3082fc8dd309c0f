"""What a saved connection may be used for: asked below every verb and every window, by the database's address and not by its name."""

from __future__ import annotations

from collections.abc import Iterable
from enum import StrEnum
from typing import Protocol

from connectors.errors import UrlError
from connectors.places import Place, place
from connectors.use import Use


class Role(StrEnum):
    NONE = "none"
    """Nobody has said: it may be read, and be a target."""
    SOURCE = "source"
    """Read-only: never a target."""
    TARGET = "target"
    """May be written, and read."""
    FORBIDDEN = "forbidden"
    """Never opened."""

    @property
    def may_be_read(self) -> bool:
        return self is not Role.FORBIDDEN

    @property
    def may_be_target(self) -> bool:
        return self in (Role.NONE, Role.TARGET)


USES = {Role.NONE: Use.ANY, Role.SOURCE: Use.READ, Role.TARGET: Use.WRITE, Role.FORBIDDEN: Use.ANY}
"""What a test of the connection asks of its login."""


class RoleError(Exception):
    """A database's role does not allow what was asked for; `str()` is one sentence. Nothing was opened."""


class Named(Protocol):
    """A saved connection, as far as its role goes."""

    @property
    def name(self) -> str: ...
    @property
    def url(self) -> str: ...
    @property
    def role(self) -> Role: ...


def refuse_by_role(saved: Iterable[Named], address: str, *, target: bool) -> None:
    """Raise RoleError where this address is that of a forbidden database, or, asked for as a target, of a source."""
    if sentence := Roles(saved).refusal(address, target=target):
        raise RoleError(sentence)


class Roles:
    """The saved connections that refuse something, with where they lead."""

    def __init__(self, saved: Iterable[Named]) -> None:
        self._refusing = [(each, led) for each in saved if not each.role.may_be_target and (led := _place(each.url))]
        # Where one database is saved under several names, the strictest role counts.
        self._refusing.sort(key=lambda pair: (pair[0].role.may_be_read, pair[0].name))

    def refusal(self, address: str, *, target: bool) -> str | None:
        """Why the database at this address is not read, or not taken as a target; None where it is."""
        here = _place(address)
        if here is None:
            return None
        for each, led in self._refusing:
            if (target or not each.role.may_be_read) and led.meets(here):
                return _sentence(each)
        return None


def _place(address: str) -> Place | None:
    """None for what is no address: whoever opens it says so."""
    try:
        return place(address)
    except UrlError:
        return None


def _sentence(refused: Named) -> str:
    if refused.role is Role.FORBIDDEN:
        return (
            f"the connection {refused.name!r} is forbidden, so nobody opens its database: choose another one, or give it "
            f"another role (`lookalike connect role {refused.name} source`)"
        )
    return (
        f"the connection {refused.name!r} is a source, so its database is never a target: choose another one, or give it "
        f"another role (`lookalike connect role {refused.name} target`)"
    )
