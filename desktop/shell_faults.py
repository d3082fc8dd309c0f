"""Mistakes of ours in the window: said without what they were about, and outlived."""

from __future__ import annotations

import sys
import traceback
from pathlib import Path
from types import TracebackType

from desktop.desk import Desk
from desktop.theme.tokens import Tone
from desktop.words import tr


def place_of(error: BaseException) -> str:
    """The kind of an exception and where it was raised: its own words may quote a value."""
    frames = traceback.extract_tb(error.__traceback__)
    if not frames:
        return type(error).__name__
    return f"{type(error).__name__}, {Path(frames[-1].filename).name} {frames[-1].lineno}"


def outlive(desk: Desk) -> None:
    """From now on an exception that nobody caught is a notice, and its frames a line each on stderr, without its words."""
    saying = False

    def hook(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
        nonlocal saying
        if issubclass(kind, KeyboardInterrupt):
            sys.__excepthook__(kind, error, trace)
            return
        for frame in traceback.extract_tb(trace):
            print(f"{frame.filename}:{frame.lineno} {frame.name}", file=sys.stderr)
        print(kind.__name__, file=sys.stderr)
        # What is said may fail for the same reason.
        if not saying:
            saying = True
            desk.say(
                tr("A mistake of ours: {fault}. What you did may not have happened.", fault=place_of(error)), Tone.BAD
            )
            saying = False

    sys.excepthook = hook
