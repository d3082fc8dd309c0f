"""The open plan: its text, what the text says, the file it came from and the draft of what is not saved."""

from __future__ import annotations

import threading
import tomllib
from collections.abc import Callable, Iterable
from contextlib import suppress
from dataclasses import replace
from pathlib import Path
from time import time
from typing import Any, TypeVar

from connectors.schema import Schema
from desktop.backend.drafts import Drafts
from desktop.backend.room import Room
from desktop.models.plan import Change, Edit, PlanState, Trouble, digest
from engine.check_view import View
from engine.commands.status import UsageError
from engine.lock import Lock, lock_path, read_lock
from engine.plan import PLAN_VERSION, Plan, selects, synthesises
from engine.plan_counts import NOTHING, counted
from engine.plan_decide import as_written
from engine.plan_document import Document
from engine.plan_reading import PlanReading
from engine.problems import PlanError, Problem, Severity
from engine.runs import PlanFile
from engine.subset.declared import declared
from engine.text_splices import Splice, difference, spliced
from engine.toml_scan import pieces
from engine.workspace import replace_file

MOST_TROUBLES = 200
Made = TypeVar("Made")


class NoPlan(UsageError, LookupError):
    """A verb needs an open plan, and none is."""


class PlanDesk:
    """One plan at a time. Everything that changes it goes through `apply`, `replace` or `splice`, and says what it did to the text."""

    def __init__(self, room: Room) -> None:
        self._room, self._drafts = room, Drafts(room.workspace.folder, room.window)
        self.lock = threading.RLock()
        """Held by whoever changes the plan in several steps."""
        self.path: Path | None = None
        self.source = ""
        self.target: str | None = None
        self.text = ""
        self._file_text: str | None = None
        """The file as it was read or written last; None: there is none."""
        self._stamp: tuple[int, int] | None = None
        self._outside, self._restored, self._drafted = False, "", True
        # It goes up even over the death of this process.
        self._version = int(time() * 1000)
        self._document: Document | None = None
        self._plan: Plan | None = None
        self._problems: tuple[Problem, ...] = ()
        self._reading = PlanReading()
        self._worked_out: dict[str, tuple[tuple[object, ...], Any]] = {}

    # what it is

    @property
    def plan(self) -> Plan:
        """Raises PlanError while the text is no plan."""
        with self.lock:
            if self._plan is None:
                raise PlanError(self._problems)
            return self._plan

    @property
    def schema(self) -> Schema:
        """The source's, with the keys that the plan declares. Described at first use."""
        return declared(self.plan, self._room.schema(self.source))

    def file(self) -> PlanFile:
        """As a run takes it. Raises PlanError; OSError for a lock that cannot be read."""
        return PlanFile(self.opened, self.plan, self._lock_file())

    def _lock_file(self) -> Lock | None:
        beside = lock_path(self.opened)
        return read_lock(beside.read_bytes()) if beside.exists() else None

    @property
    def opened(self) -> Path:
        """Its file. Raises NoPlan."""
        if self.path is None:
            raise NoPlan("No plan is open. Open a project first.")
        return self.path

    @property
    def saved(self) -> bool:
        return self.text == (self._file_text or "")

    @property
    def newer(self) -> bool:
        """Of a version that this one does not read."""
        try:
            version = tomllib.loads(self.text).get("version") if self._plan is None and self.text else None
        except tomllib.TOMLDecodeError:
            return False
        return isinstance(version, int) and version > PLAN_VERSION

    @property
    def problems(self) -> tuple[Problem, ...]:
        """Of its text; none while it can be read."""
        return self._problems

    @property
    def document(self) -> Document | None:
        """The text by its places; None while it is no TOML."""
        return self._document

    def view(self) -> View:
        """The plan laid over the schema, worked out once for each of both. Raises what `plan` and `schema` raise."""
        with self.lock:
            plan, source = self.plan, self.source
        schema = self._room.schema(source)
        return self.kept("view", lambda: View(plan, declared(plan, schema)), plan, schema)

    def kept(self, name: str, make: Callable[[], Made], *of: object) -> Made:
        """Something worked out of these very objects, once."""
        with self.lock:
            known = self._worked_out.get(name)
        if known is not None and all(one is other for one, other in zip(known[0], of, strict=True)):
            found: Made = known[1]
            return found
        made = make()
        with self.lock:
            self._worked_out[name] = (of, made)
        return made

    def state(self) -> PlanState:
        with self.lock:
            plan, schema = self._plan, self._room.known_schema(self.source)
            said = PlanState(
                str(self.opened), self.source, self.target, self._version, self.saved, readable=plan is not None,
                troubles=tuple(map(trouble, self._problems[:MOST_TROUBLES])), digest=digest(self.text),
                missing=self._file_text is None and not self.text, newer=self.newer, outside=self._outside,
                restored=self._restored, drafted=self._drafted, schema=schema is not None,
            )  # fmt: skip
        if plan is None:
            return said
        of = sum(counted(plan, declared(plan, schema) if schema else None).values(), NOTHING)
        return replace(
            said, name=plan.name, key=plan.key, decided=of.masked + of.kept, undecided=of.undecided,
            synthesises=synthesises(plan), subset=selects(plan),
        )  # fmt: skip

    # opening and closing

    def open(self, path: Path, source: str, target: str | None) -> None:
        """Take up a plan's file, with the changes of it that were not saved. Raises UsageError for a file that cannot be read."""
        with self.lock:
            text = _read(path)
            self.path, self.source, self.target = path.absolute(), source, target
            self._file_text, self._stamp = text, _stamp(path)
            self._reading, self._restored, self._outside = PlanReading(self.path.parent), "", False
            self._drafted = True
            self._version += 1
            self._worked_out = {}
            kept = self._drafts.read(self.path)
            if kept is not None and kept.text != (text or ""):
                self._restored, self._outside = kept.when, kept.base != digest(text or "")
                text = kept.text
            self._take(text or "")

    def close(self) -> None:
        with self.lock:
            self.path, self._plan, self._document, self.text = None, None, None, ""

    # changes

    def apply(self, edits: Iterable[Edit]) -> Change:
        """Follow edits. Raises PlanError where the plan would not be readable any more, or is not: then nothing has changed."""
        with self.lock:
            self._changeable()
            if self._document is None:
                raise PlanError(self._problems)
            before, edited = self.text, Document(list(self._document.pieces))
            try:
                splices = tuple(splice for edit in edits for splice in edited.change(as_written(edited, (edit,))))
                plan = self._reading.read(edited)
            except ValueError as error:
                raise PlanError([_refused(error)]) from None
            self.text, self._document, self._plan, self._problems = edited.text, edited, plan, ()
            if self.text != before:
                self._changed()
            return Change(self.state(), splices)

    def replace(self, text: str) -> Change:
        """Take another text, plan or not."""
        with self.lock:
            self._changeable()
            splices = difference(self.text, text)
            if splices:
                self._step(splices, text)
            return Change(self.state(), splices)

    def splice(self, splices: Iterable[Splice]) -> Change:
        """Take a step back, or take it again. Raises UsageError where the text is not the one that it was taken on."""
        with self.lock:
            said = tuple(splices)
            try:
                text = spliced(self.text, said)
            except ValueError:
                raise UsageError("The plan has changed since: this step can no longer be taken back.") from None
            self._step(said, text)
            return Change(self.state(), said)

    def _step(self, splices: tuple[Splice, ...], text: str) -> None:
        """The text after these changes: only what they touch is read again, where both texts are plans."""
        try:
            if self._plan is None or self._document is None:
                raise ValueError("there was no plan before")
            document = self._document.spliced(splices)
            self._plan, self._document, self.text, self._problems = self._reading.read(document), document, text, ()
        except (ValueError, PlanError):
            self._take(text)
        self._changed()

    def _changeable(self) -> None:
        if self.opened and self.newer:
            raise UsageError(
                f"{self.opened.name} was made by a later version of Lookalike: it is shown and not changed. Update Lookalike."
            )

    def _take(self, text: str) -> None:
        self.text, self._plan, self._problems, self._document = text, None, (), None
        if not text:
            self._problems = (_none(self.opened),)
            return
        try:
            tomllib.loads(text)
            self._document = Document(pieces(text))
            self._plan = self._reading.read(self._document)
        except tomllib.TOMLDecodeError:
            self._problems = _syntax(text)
        except PlanError as error:
            self._problems = error.problems

    def _changed(self) -> None:
        self._version += 1
        self._restored = ""
        if self.saved:
            self._drafts.done(self.opened)
            self._drafted = True
        else:
            self._drafted = self._drafts.write(self.opened, digest(self._file_text or ""), self.text)

    # the file

    def look(self) -> bool:
        """Has somebody changed the file? Costs one stat as long as nobody has."""
        with self.lock:
            now = _stamp(self.opened)
            if now != self._stamp:
                self._stamp = now
                try:
                    text = _read(self.opened)
                except UsageError:
                    # It is no text, or no file any more: not ours to write over.
                    self._outside = True
                    return True
                self._outside = text != self._file_text and text != self.text
                if text == self.text:
                    self._file_text = text
                    self._drafts.done(self.opened)
            return self._outside

    def outside(self) -> str:
        """The file's text as it is now."""
        return _read(self.opened) or ""

    def take_outside(self) -> Change:
        """Their text in place of ours, as a step that can be undone."""
        with self.lock:
            self._file_text, self._stamp, self._outside = _read(self.opened), _stamp(self.opened), False
            change = self.replace(self._file_text or "")
            return replace(change, state=self.state())

    def keep_mine(self) -> None:
        """Ours stays, and the next save writes over theirs."""
        with self.lock:
            # Of a file that is no text nothing is ours.
            self._file_text = None
            with suppress(UsageError):
                self._file_text = _read(self.opened)
            self._stamp, self._outside = _stamp(self.opened), False

    def revert(self) -> Change:
        """The file's text again, as a step that can be undone."""
        return self.replace(self._file_text or "")

    def save(self, path: Path | None = None) -> None:
        """Write the file; under another name where `path` is given, with the lock beside it. Raises UsageError where it cannot be
        written, or somebody has changed it meanwhile."""
        with self.lock:
            if path is None and self.look():
                raise UsageError(f"{self.opened.name} was changed outside. Take theirs or keep yours first.")
            before, place = self.opened, (path or self.opened).absolute()
            try:
                replace_file(place, self.text.encode())
                if place != before and lock_path(before).exists() and not lock_path(place).exists():
                    replace_file(lock_path(place), lock_path(before).read_bytes())
            except OSError as error:
                raise UsageError(
                    f"{place} cannot be written: {error.strerror}. Save the plan under another name."
                ) from None
            self._drafts.done(before)
            self.path, self._file_text, self._stamp = place, self.text, _stamp(place)
            self._outside, self._restored, self._drafted = False, "", True
            self._version += 1


def trouble(problem: Problem) -> Trouble:
    """A problem of the engine for the window."""
    return Trouble(
        problem.code, problem.severity is Severity.ERROR, problem.reason, remedy(problem),
        str(problem.table) if problem.table is not None else "", problem.column or "", problem.line,
    )  # fmt: skip


def remedy(problem: Problem) -> str:
    """What to do about it at a window, where nobody has to write a plan's lines."""
    if problem.code == "undecided" and problem.column:
        return "Choose what happens to it on the form, or accept its proposal in the Privacy hub."
    return problem.remedy


def open_plan(room: Room) -> PlanDesk:
    """The plan that is open. Raises NoPlan."""
    desk = desk_of(room)
    _ = desk.opened
    return desk


def desk_of(room: Room) -> PlanDesk:
    """Where a plan is opened."""
    return room.keep(PlanDesk, lambda: PlanDesk(room))


def _read(path: Path) -> str | None:
    """None where there is no file. Raises UsageError."""
    try:
        return path.read_bytes().decode("utf-8")
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}.") from None
    except UnicodeDecodeError:
        raise UsageError(f"The plan {path} is not UTF-8 text.") from None


def _stamp(path: Path) -> tuple[int, int] | None:
    try:
        found = path.stat()
    except OSError:
        return None
    return found.st_mtime_ns, found.st_size


def _none(path: Path) -> Problem:
    reason = f"There is no plan in {path.name} yet."
    return Problem("plan-missing", Severity.ERROR, reason, "Look at the source on the privacy hub: it proposes one.")


def _refused(error: ValueError) -> Problem:
    return Problem("plan-edit", Severity.ERROR, f"This cannot be written into the plan: {error}.", "Edit its text.")


def _syntax(text: str) -> tuple[Problem, ...]:
    from engine.plan_toml import read_plan

    try:
        read_plan(text)
    except PlanError as error:
        return error.problems
    return ()
