"""What becomes of one column: by the policy, by the usual mask of what it holds, or by its type."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date
from typing import Any

from connectors.schema import Column, Kind, Table
from engine.masking import make_masker
from engine.masking.base import Masker, Subject
from engine.plan import Rule
from engine.problems import Severity
from engine.profiling.finding import Finding
from engine.profiling.forms import WORDS
from engine.profiling.policy import USUAL, Decision, Policy
from engine.profiling.taxonomy import DATES, TAXONOMY
from engine.propose_json import NOTHING, masks_of
from engine.propose_reasons import kept_words, unsure_words, why_words
from engine.propose_technical import technical

UNSURE = 0.25
"""From this probability of being personal on, a technical name alone keeps no column."""
_USUALLY = (Decision(mask=USUAL),)
_LABELLED = frozenset({"gender", "marital_status"})
_DATED = frozenset({"day", "moment"})
_INITIALS = {"initial": "[A-Z]", "initial.": r"[A-Z]\."}
_INSTEAD: Mapping[Kind, tuple[str, ...]] = {
    Kind.TEXT: ("pseudonym", "redact"),
    Kind.INTEGER: ("pseudonym",),
    Kind.DECIMAL: ("pseudonym", "number_noise"),
    Kind.FLOAT: ("number_noise",),
    Kind.BINARY: ("blob",),
    Kind.UUID: ("pseudonym",),
    Kind.BOOLEAN: ("category",),
    Kind.ENUM: ("category",),
    Kind.DATE: ("date_shift", "pseudonym"),
    Kind.TIMESTAMP: ("date_shift", "pseudonym"),
    Kind.TIMESTAMPTZ: ("date_shift", "pseudonym"),
}
"""Where the usual mask does not fit the type."""
_OPTIONS: Mapping[str, Mapping[str, object]] = {
    "latitude": {"absolute": 1, "min": -90, "max": 90},
    "longitude": {"absolute": 1, "min": -180, "max": 180},
}
"""Options that make the usual mask keep to what such a column can hold."""
_BY_TYPE = {
    "blob": "bytes, in which anything can be",
    "pseudonym": "an identifier without meaning",
}


@dataclass(frozen=True)
class Columns:
    """Decides the columns of one table, each by itself."""

    table: Table
    people: bool
    """Its rows are people."""
    person: str | None
    """The person key of its rows."""
    policy: Policy | None
    today: date

    def rule(self, subject: Subject, finding: Finding | None) -> Rule:
        entity = self.entity(finding)
        if entity is not None and finding is not None:
            return self.personal(subject, finding, entity)
        return self.by_type(subject, finding)

    def entity(self, finding: Finding | None) -> str | None:
        """What the column holds, were it only inside longer texts; under a policy that takes less evidence, what it most likely is."""
        if finding is None or finding.entity is not None:
            return finding.entity if finding is not None else None
        if finding.inside and not finding.paths:
            return "free_text"
        if self.policy is None or not finding.types or finding.probability < self.policy.least:
            return None
        likeliest = finding.types[0][0]
        return likeliest if any(rule.selects(likeliest) for rule in self.policy.rules) else None

    # What is personal.

    def personal(self, subject: Subject, finding: Finding, entity: str) -> Rule:
        """The first decision that fits, or none."""
        if finding.paths:
            return self.document(subject, finding)
        why = why_words(finding, entity)
        question = None
        for decision in self.decisions(entity, _kind(subject, finding)):
            rule = self.decided(decision, subject, finding, entity, why)
            if rule is not None and (rule.decided or decision.ask is not None):
                return rule
            question = question or rule
        return question or Rule((subject.column.name,), None, f"{why}, and no usual mask fits {subject.column.native}")

    def decisions(self, entity: str | None, kind: Kind) -> Sequence[Decision]:
        rule = self.policy.rule(entity, kind, of_person=self.person is not None) if self.policy is not None else None
        return rule.decide if rule is not None else _USUALLY

    def decided(
        self, decision: Decision, subject: Subject, finding: Finding | None, entity: str | None, why: str
    ) -> Rule | None:
        """The rule of one decision; None where it does not fit the column."""
        name = subject.column.name
        if decision.keep is not None:
            return Rule((name,), make_masker("keep", {}), decision.keep)
        if decision.ask is not None:
            return Rule((name,), None, f"{why}: {decision.ask}")
        if decision.mask == USUAL:
            return self.usual(subject, finding, entity, why) if finding is not None and entity is not None else None
        kind = _kind(subject, finding)
        options = decision.options_for(kind, self.today)
        masker = fitting(decision.mask or "", options, subject)
        if masker is None and kind is not subject.column.kind:
            masker = fitting("date_text", {"of": {"mask": decision.mask, **options}}, subject)
        return Rule((name,), masker, why, by=self.by(masker, name)) if masker is not None else None

    def usual(self, subject: Subject, finding: Finding, entity: str, why: str) -> Rule | None:
        """The usual mask of what it holds, or the question that a person has to answer; None where no mask fits."""
        name, kind, mask = subject.column.name, subject.column.kind, TAXONOMY[entity].mask
        if mask == "free_text" and self.person is None and not finding.inside:
            return Rule((name,), None, f"{why}: free text, in which anything can stand")
        if entity in _LABELLED:
            return self.label(subject, finding, why)
        if mask is None and kind is Kind.BINARY:
            return next(self.masked(subject, entity, ("image", "blob") if entity == "photo" else ("blob",), why), None)
        if mask is None:
            return Rule((name,), None, f"{why}: keep, shorten or remove it?")
        if finding.form in _DATED and kind is Kind.TEXT:
            return self.day(subject, why)
        if mask == "first_name" and finding.form in _INITIALS and (rule := self.initials(subject, finding, why)):
            return rule
        return next(self.masked(subject, entity, (mask, *_INSTEAD.get(kind, ())), why), None)

    def masked(self, subject: Subject, entity: str | None, masks: Sequence[str], why: str) -> Iterator[Rule]:
        name = subject.column.name
        if subject.column.kind is Kind.ARRAY:
            masks = ()
            elements = fitting("elements", {"of": TAXONOMY[entity].mask}, subject) if entity else None
            if elements is not None:
                yield Rule((name,), elements, why)
        for mask in masks:
            masker = fitting(mask, _OPTIONS.get(entity or "", {}) if mask == "number_noise" else {}, subject)
            if masker is not None:
                yield Rule((name,), masker, why, by=self.by(masker, name))

    def initials(self, subject: Subject, finding: Finding, why: str) -> Rule | None:
        """Letters for letters: names from a list would not be initials, and initials of such names would be everybody's."""
        masker = fitting("regex_template", {"template": _INITIALS[finding.form or ""]}, subject)
        return Rule((subject.column.name,), masker, f"{why}, most of them initials") if masker is not None else None

    def label(self, subject: Subject, finding: Finding, why: str) -> Rule:
        """Another of the labels, where the sample holds only words that everybody uses for them."""
        name, kind = subject.column.name, subject.column.kind
        options = {"choices": finding.labels} if kind is Kind.TEXT else {}
        masker = fitting("category", options, subject) if finding.labels or kind is not Kind.TEXT else None
        return Rule((name,), masker, why if masker is not None else f"{why}: which labels are there?")

    # What is not.

    @property
    def dates_ruled(self) -> bool:
        """Does the policy want something of all dates in the row of a person?"""
        rule = self.policy.rule(None, Kind.DATE, of_person=self.person is not None) if self.policy is not None else None
        return rule is not None and rule.decide[0].mask != USUAL

    def by_type(self, subject: Subject, finding: Finding | None) -> Rule:
        column, form = subject.column, finding.form if finding is not None else None
        dated = form in _DATED and column.kind is Kind.TEXT
        # SQLite and old schemas write dates into text columns.
        seen = replace(column, kind=Kind.TIMESTAMP) if dated else column
        if seen.kind in DATES and self.dates_ruled and (rule := self.date(subject, finding, dated)):
            return rule
        reason = technical(self.table.name, seen, self.people)
        if reason is not None and (dated or form not in WORDS) and not subject.unique and _calm(finding):
            return Rule((column.name,), make_masker("keep", {}), kept_words(reason, finding))
        if (
            seen.kind in DATES
            and self.person not in (None, column.name)
            and (rule := self.date(subject, finding, dated))
        ):
            return rule
        if dated:
            return self.day(subject, f"{column.native} that holds {WORDS[form or '']}")
        if column.kind in (Kind.JSON, Kind.XML) or (finding is not None and finding.paths):
            return self.document(subject, finding)
        usual = {Kind.BINARY: "blob", Kind.UUID: "pseudonym"}.get(column.kind)
        usual = "pseudonym" if form == "uuid" else usual
        masker = fitting(usual, {}, subject) if usual else None
        if masker is not None:
            return Rule((column.name,), masker, _BY_TYPE[masker.name])
        return Rule((column.name,), None, unsure_words(column, self.people, finding))

    def date(self, subject: Subject, finding: Finding | None, dated: bool) -> Rule | None:
        """A date of a person that is none of the dates in the taxonomy."""
        if self.dates_ruled:
            for decision in self.decisions(None, _kind(subject, finding)):
                if rule := self.decided(decision, subject, finding, None, "a date of a person"):
                    return rule
            return Rule((subject.column.name,), None, "a date of a person, and no mask of the policy fits")
        if dated:
            return self.day(subject, "a date of a person, in a text column")
        # A date in a unique key may follow a person who is part of that key; the check withdraws what does not fit.
        masker = fitting("date_shift", {}, replace(subject, unique=False))
        by = self.by(masker, subject.column.name)
        return Rule((subject.column.name,), masker, "a date of a person", by=by) if masker is not None else None

    def day(self, subject: Subject, why: str) -> Rule:
        """Dates in a text column: shifted as in a column of dates, written alike."""
        name = subject.column.name
        masker = fitting("date_text", {}, subject)
        return Rule((name,), masker, why, by=self.by(masker, name))

    def document(self, subject: Subject, finding: Finding | None) -> Rule:
        """A mask for every path in the sample."""
        name = subject.column.name
        if finding is None or not finding.paths:
            return Rule((name,), None, "a document, of which no sample tells the paths")
        mask = "json_path" if finding.paths[0].path.startswith("$") else "xml_path"
        masker = fitting(mask, {"paths": self.inside(finding)}, subject)
        if masker is None:
            return Rule((name,), None, "a document, and no mask is proven to fit the column")
        return Rule((name,), masker, "a document: paths that the sample did not show become null and are counted")

    def inside(self, finding: Finding) -> dict[str, str]:
        """Path -> mask; what the policy does not leave to the usual mask becomes null."""
        return {
            path: mask if self.decisions(found.entity, Kind.TEXT)[0].mask == USUAL else NOTHING
            for found in finding.paths
            for path, mask in masks_of((found,)).items()
        }

    def by(self, masker: Masker | None, column: str) -> str | None:
        """The person key of a date; other masks are functions of their own value, so that columns agree."""
        shifted = masker is not None and "date_shift" in (masker.name, getattr(masker, "of", None))
        return self.person if shifted and self.person != column else None


def fitting(mask: str, options: Mapping[str, Any], *subjects: Subject) -> Masker | None:
    """The mask with these options, where nothing speaks against it on these columns."""
    masker = make_masker(mask, options)
    for subject in subjects:
        if any(problem.severity is Severity.ERROR for problem in masker.check(subject)):
            return None
        if subject.unique and not masker.bijective_on(subject):
            return None
    return masker


def _kind(subject: Subject, finding: Finding | None) -> Kind:
    """The column's kind; that of a date where its texts are dates."""
    dated = finding is not None and finding.form in _DATED and subject.column.kind is Kind.TEXT
    return Kind.DATE if dated else subject.column.kind


def _calm(finding: Finding | None) -> bool:
    """Does nothing but the name's doubt speak of a person?"""
    return finding is None or finding.probability < UNSURE


def whole(column: Column) -> bool:
    return column.kind is Kind.DECIMAL and not column.scale and column.precision is not None
