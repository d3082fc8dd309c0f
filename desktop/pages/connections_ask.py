"""The two questions of the connections' page that destroy or endanger something: each names the connection."""

from __future__ import annotations

from collections.abc import Callable

from PySide6.QtWidgets import QWidget

from desktop.models.connections import ROLE_MEANS, ROLE_WORDS, Role
from desktop.widgets.question import ask_before
from desktop.words import tr


def ask_remove(parent: QWidget, name: str, run: Callable[[], None]) -> None:
    ask_before(
        parent,
        tr("Remove the connection {name}?", name=name),
        tr("Its address and its password in the vault are forgotten. The database itself is not touched."),
        tr("Remove"),
        run,
    )


def ask_loosen(parent: QWidget, name: str, before: Role, after: Role, run: Callable[[], None]) -> None:
    """Before something that was safe from runs is not any more."""
    ask_before(
        parent,
        tr("May {name} be written from now on?", name=name),
        tr("It was: {role}. {means}", role=tr(ROLE_WORDS[before]), means=tr(ROLE_MEANS[after])),
        tr("Change the role"),
        run,
    )
