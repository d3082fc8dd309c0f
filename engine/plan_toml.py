"""Read a plan from its TOML text. Every mistake is collected with its line; nothing is guessed and nothing ignored."""

from __future__ import annotations

import tomllib
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path as File
from re import search
from typing import Any

import tomlkit
from pydantic import ValidationError
from tomlkit.exceptions import TOMLKitError

from connectors.names import TableName
from engine.assessment.toml import AssessReader
from engine.masking import make_masker, masker_class, registry
from engine.masking.base import Masker
from engine.plan import PLAN_VERSION, Plan, Rule, TablePlan, Treatment
from engine.privacy.toml import LEARN, PrivacyReader
from engine.privacy.words import DOMAIN
from engine.problems import PlanError, Problem, Severity
from engine.subset.toml import SelectionReader
from engine.toml_places import Path, places
from engine.toml_values import Values, meant

TOP = (
    "version",
    "name",
    "key",
    "locale",
    "accept",
    "target",
    "discovery",
    "subset",
    "foreign_keys",
    "clone",
    "privacy",
    "assess",
    "tables",
)
DISCOVERY = ("policy",)
TABLE = ("treatment", "reason", "columns", "rules")
DECISIONS = ("mask", "keep", "undecided")
RULE = (*DECISIONS, "domain", "from", "by", "accepted")
"""What a rule says itself; every other key is an option of its masker."""
SEVERAL = (*RULE, "columns", "roles")
"""The same under [[tables.TABLE.rules]]."""


def read_plan(plan: str | File) -> Plan:
    """The plan of a file (a Path) or of a text (a str). Raises PlanError with all problems at once."""
    text = plan.read_text(encoding="utf-8") if isinstance(plan, File) else plan
    try:
        data = tomllib.loads(text)
        document = tomlkit.parse(text)
    except (tomllib.TOMLDecodeError, TOMLKitError) as error:
        raise PlanError([_syntax(error, text)]) from None
    reader = Reader(places(document))
    read = reader.plan(data)
    if reader.problems:
        raise PlanError(sorted(reader.problems, key=lambda problem: problem.line or 0))
    return replace(read, folder=plan.absolute().parent) if isinstance(plan, File) else read


def _syntax(error: Exception, text: str) -> Problem:
    place = search(r"line (\d+),? col(?:umn)? (\d+)", str(error))
    reason = str(error).split(" (at ")[0].rstrip(".") + "." if isinstance(error, tomllib.TOMLDecodeError) else ""
    line = int(place.group(1)) if place else len(text.splitlines())
    return Problem("plan-toml", Severity.ERROR, f"This is not TOML. {reason}".rstrip(), "Correct the line.", line=line)


class Reader(Values):
    """Turns parsed TOML into a Plan and keeps what is wrong with it in `problems`."""

    def plan(self, data: Mapping[str, Any]) -> Plan:
        self.known(data, TOP, ())
        if data.get("version") != PLAN_VERSION:
            reason = f"This version of Lookalike reads plans of version {PLAN_VERSION}."
            self.problem("plan-version", ("version",), reason, f"Write version = {PLAN_VERSION}, or update Lookalike.")
        target = self.mapping(data, "target", ())
        self.known(target, ("schemas",), ("target",))
        discovery = self.mapping(data, "discovery", ())
        self.known(discovery, DISCOVERY, ("discovery",))
        selection = SelectionReader(self)
        return Plan(
            name=self.string(data, "name", (), required=True) or "",
            key=self.string(data, "key", (), required=True) or "",
            tables=self.tables(self.mapping(data, "tables", ())),
            target_schemas=self.texts(self.mapping(target, "schemas", ("target",)), ("target", "schemas")),
            accept=self.strings(data, "accept", ()),
            locale=self.string(data, "locale", ()) or "en_US",
            subset=selection.subset(data),
            foreign_keys=selection.foreign_keys(data),
            clone=selection.clone(data),
            privacy=PrivacyReader(self).privacy(data),
            assess=AssessReader(self).assess(data),
            policy=self.string(discovery, "policy", ("discovery",)),
        )

    def tables(self, data: Mapping[str, Any]) -> dict[TableName, TablePlan]:
        read: dict[TableName, TablePlan] = {}
        for text, table in data.items():
            path: Path = ("tables", text)
            self.table = None
            name = self.table = self.table_name(text, path)
            if name is None:
                continue
            if name in read:
                reason = "This table has two sections, under two spellings of one name."
                self.problem("plan-duplicate", path, reason, "Join them into one section.")
            elif isinstance(table, dict):
                read[name] = self.table_plan(table, path)
            else:
                self.wrong_type(path, "a section")
        self.table = None
        return read

    def table_plan(self, data: Mapping[str, Any], path: Path) -> TablePlan:
        self.known(data, TABLE, path)
        treatment = self.treatment(data, path)
        columns = self.mapping(data, "columns", path)
        rules = [rule for name in columns for rule in self.column(columns[name], name, (*path, "columns", name))]
        listed = data.get("rules", [])
        if not isinstance(listed, list):
            self.wrong_type((*path, "rules"), "a list of [[tables....rules]] sections")
            listed = []
        rules += [rule for n, item in enumerate(listed) for rule in self.several(item, (*path, "rules", n))]
        return TablePlan(treatment, tuple(rules), self.string(data, "reason", path))

    def treatment(self, data: Mapping[str, Any], path: Path) -> Treatment:
        text = self.string(data, "treatment", path, required=True)
        known = tuple(treatment.value for treatment in Treatment)
        if text in known:
            return Treatment(text)
        if text is not None:
            reason = f"{text!r} is no treatment of this version.{meant(text, known)}"
            self.problem("plan-treatment", (*path, "treatment"), reason, f"Write one of {', '.join(known)}.")
        return Treatment.MASK

    def column(self, data: Any, name: str, path: Path) -> Iterator[Rule]:
        if not isinstance(data, dict):
            self.wrong_type(path, 'a decision such as { mask = "email" } or { keep = "why" }', name)
            return
        words = [word for word in (*DECISIONS, *LEARN) if word in data]
        if words in (["learn"], ["new"], ["mask", "learn"]):
            yield self.learned(data, name, path)
        else:
            yield from self.rule(data, (name,), path, RULE)

    def learned(self, data: Mapping[str, Any], name: str, path: Path) -> Rule:
        """The rule of a column that is learned; a mask beside makes what is too rare to be published."""
        place = self.where.get(path)
        learn, accepted = PrivacyReader(self).learn(data, path, name), self.boolean(data, "accepted", path, name)
        masker = None
        if "mask" in data and learn is not None:
            own = ("mask", "learn", "accepted", *DOMAIN[learn.how])
            options = {key: value for key, value in data.items() if key not in own}
            masker = self.masker(self.string(data, "mask", path, name) or "", options, path, name)
        return Rule((name,), masker, place.comment if place else None, accepted=accepted, learn=learn)

    def several(self, data: Any, path: Path) -> Iterator[Rule]:
        if not isinstance(data, dict):
            self.wrong_type(path, "a section")
            return
        columns = self.strings(data, "columns", path)
        if not columns:
            reason = "This rule names no columns."
            self.problem("plan-rule", path, reason, 'Write columns = ["A", "B"].')
            return
        yield from self.rule(data, columns, path, SEVERAL)

    def rule(
        self, data: Mapping[str, Any], columns: tuple[str, ...], path: Path, own: tuple[str, ...]
    ) -> Iterator[Rule]:
        said = [key for key in (*DECISIONS, *LEARN) if key in data]
        if len(said) != 1 or said[0] in LEARN:
            reason = "Two decisions for one column." if said[1:] else "No decision: neither mask nor keep."
            reason = "Columns are learned one by one, not several by one rule." if len(said) == 1 else reason
            remedy = 'Write { mask = "..." }, { keep = "why" } or { undecided = "why" }.'
            self.problem("plan-rule", path, reason, remedy, columns[0])
            return
        options = {key: value for key, value in data.items() if key not in own}
        decision = said[0]
        word = self.string(data, decision, path, columns[0]) or ""
        if decision == "keep" and not word.strip():
            self.problem("plan-keep-reason", path, "Kept without a reason.", 'Write { keep = "why" }.', columns[0])
        if decision != "mask":
            self.known(options, (), path, columns[0])
        masker = self.masker("keep", {}, path, columns[0]) if decision == "keep" else None
        if decision == "mask":
            masker = self.masker(word, options, path, columns[0])
        place = self.where.get(path)
        yield Rule(
            columns=columns,
            masker=masker,
            reason=word if decision != "mask" else place.comment if place else None,
            domain=self.string(data, "domain", path, columns[0]),
            from_=self.strings(data, "from", path, columns[0]),
            by=self.string(data, "by", path, columns[0]),
            roles=self.strings(data, "roles", path, columns[0]) if own is SEVERAL else (),
            accepted=self.boolean(data, "accepted", path, columns[0]),
        )

    def masker(self, name: str, options: Mapping[str, Any], path: Path, column: str) -> Masker | None:
        """The masker with these options, or None and a problem."""
        if name not in registry():
            reason = f"There is no mask {name!r}.{meant(name, tuple(registry()))}"
            self.problem("plan-unknown-mask", path, reason, "`lookalike doctor` lists the masks.", column)
            return None
        try:
            return make_masker(name, options)
        except ValidationError as error:
            for detail in error.errors(include_url=False, include_input=False, include_context=False):
                self.option(name, detail["type"], ".".join(map(str, detail["loc"])), detail["msg"], path, column)
            return None

    def option(self, mask: str, kind: str, option: str, message: str, path: Path, column: str) -> None:
        if kind == "extra_forbidden":
            fields = tuple(masker_class(mask).model_fields)
            reason = f"{mask} has no option {option!r}.{meant(option, fields)}"
            self.problem("plan-unknown-option", path, reason, "Take it out.", column)
        else:
            reason = f"Option {option!r} of {mask}: {message}." if option else f"{mask}: {message}."
            self.problem("plan-option", path, reason, "Correct the option.", column)
