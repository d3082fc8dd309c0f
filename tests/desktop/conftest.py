"""A window without a screen: Qt's offscreen platform, a workspace of its own, and a backend that really runs."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator
from time import monotonic, sleep

import pytest

from tests.required import qt_here

PASSPHRASE = "a passphrase of the tests"


@pytest.fixture(scope="session", autouse=True)
def _qt() -> None:
    qt_here()


@pytest.fixture(scope="module", autouse=True)
def _garbage() -> Iterator[None]:
    """As in the window: no other thread frees a widget. What a module leaves is collected before anything else runs."""
    gc.disable()
    yield
    gc.collect()
    gc.enable()


@pytest.fixture
def desk(qapp, tmp_path) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """A desk on a new workspace whose vault is open."""
    from desktop.desk import Desk
    from desktop.theme.look import look

    made = Desk(tmp_path / "workspace")
    look().put_on(made.settings.scheme, made.settings.points)
    answer(made.calls, "vault.unlock", passphrase=PASSPHRASE)
    yield made
    made.close()


@pytest.fixture
def window(desk, qtbot) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """The whole window, shown."""
    from desktop.window import Window

    made = Window(desk)
    qtbot.addWidget(made)
    made.resize(1366, 820)
    made.show()
    qtbot.waitExposed(made)
    yield made
    made.close()


@pytest.fixture(scope="module")
def one_window(qapp, tmp_path_factory) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """One for all tests of a module: what a test leaves open, `tests.desktop.shell.as_new` closes."""
    from tests.desktop.shell import shown

    yield from shown(tmp_path_factory.mktemp("shell"))


@pytest.fixture(scope="module")
def hub(qapp, tmp_path_factory) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """The Privacy hub alone, over databases of its own."""
    from tests.desktop.hubs import hub_in

    with hub_in(tmp_path_factory.mktemp("hub")) as made:
        yield made


@pytest.fixture
def board(hub) -> Iterator[object]:  # type: ignore[no-untyped-def]
    """The hub over a plan that was discovered; what a test decides is taken back."""
    hub.look_again("first.toml")
    yield hub
    hub.take_back()


def answer(calls, verb: str, seconds: float = 60.0, **arguments):  # type: ignore[no-untyped-def]
    """What the backend answers to one call, with the event loop running; raises AssertionError with the sentence of a fault."""
    said: list[tuple[str, object]] = []
    calls.ask(
        verb,
        done=lambda result: said.append(("done", result)),
        failed=lambda fault: said.append(("failed", fault)),
        **arguments,
    )
    until(lambda: bool(said), seconds)
    kind, result = said[0]
    assert kind == "done", str(result)
    return result


def until(condition: Callable[[], bool], seconds: float = 30.0) -> None:
    """Let the window live until this holds."""
    from PySide6.QtTest import QTest

    deadline = monotonic() + seconds
    while not condition():
        assert monotonic() < deadline, f"it did not happen in {seconds:g} s"
        QTest.qWait(10)
        # Unlike Qt's own loop it keeps Python's lock: threads get a turn here.
        sleep(0.001)
