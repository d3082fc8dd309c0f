"""The form of what happens to a column: mask it and how, keep it and why, or leave it undecided."""

from __future__ import annotations

from PySide6.QtCore import Qt
from PySide6.QtWidgets import (
    QButtonGroup,
    QComboBox,
    QHBoxLayout,
    QLineEdit,
    QPlainTextEdit,
    QPushButton,
    QRadioButton,
    QVBoxLayout,
    QWidget,
)  # fmt: skip

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.forms import FieldInput, Form
from desktop.models.rule import Decision, Field, FieldKind, Missed, RuleView, Wanted
from desktop.pages.plan_mask import MaskChoice
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Empty, label, set_tone
from desktop.words import tr

__all__ = ["RuleForm"]
WORDS = {
    Decision.MASK: "Mask", Decision.KEEP: "Keep as it is", Decision.UNDECIDED: "Leave undecided",
}  # fmt: skip


WIDEST = 110
"""Of a form, in letters: longer lines are hard to read."""


class RuleForm(QWidget):
    """Written to the plan as soon as it is complete. Of several columns it is written by a button."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.view: RuleView | None = None
        self.names: tuple[str, ...] = ()
        self._inside = QVBoxLayout(self)
        self._inside.setContentsMargins(0, 8, 8, 8)
        self._content: QWidget = QWidget()
        self._inside.addWidget(self._content)
        self.clear()

    def clear(self) -> None:
        """No column is chosen."""
        self.view, self.names = None, ()
        self._put(Empty(tr("Choose a column to see what happens to it.")))

    def _put(self, content: QWidget) -> None:
        self._inside.removeWidget(self._content)
        self._content.hide()
        self._content.deleteLater()
        self._content = content
        self._inside.addWidget(content)

    def show_rule(self, view: RuleView, names: tuple[str, ...]) -> None:
        """The rule of this column; what a person is writing just now stays under the hand."""
        same = self.view is not None and (self.view.table, self.names) == (view.table, names)
        content = self._content
        self.view, self.names = view, names
        # What the plan says is what was shown or asked for: a rule that somebody is still writing is not torn from their hands.
        if same and isinstance(content, RuleFields) and wanted_of(view) in (content.written, wanted_of(content.view)):
            content.refresh(view)
        elif view.computed:
            self._put(
                Empty(tr("The database computes {column} itself, from the values in the target.", column=names[0]))
            )
        elif view.treatment not in ("mask", "synthesize", ""):
            self._put(Empty(tr("The whole table has one treatment, so its columns need no decision.")))
        else:
            self._put(RuleFields(self, view, names))

    def write(self, content: RuleFields, wanted: Wanted) -> None:
        """Put it into the plan, or say what is missing. Of the columns that this form is about: the next one may be chosen already."""
        content.written = wanted
        columns = content.columns
        place = f"{content.view.table}.{', '.join(columns[:3])}"
        step = tr("{decision} {place}", decision=tr(wanted.mask or WORDS[wanted.decision]), place=place)

        def answered(said: Missed | None) -> None:
            if content is self._content:
                content.say(said.said if said is not None else ())

        def failed(fault: Fault) -> None:
            answered(Missed((("", fault.sentence),)))

        self.desk.plan.change(
            step, "rules.decide", failed, answered, table=content.view.table, columns=columns, wanted=wanted
        )


class RuleFields(QWidget):
    """What can be said of one column, or of several that get the same."""

    def __init__(self, form: RuleForm, view: RuleView, names: tuple[str, ...]) -> None:
        super().__init__()
        self.form, self.view, self.names = form, view, names
        self.columns = names if len(names) > 1 else view.columns
        """That a decision here is about."""
        self.written = wanted_of(view)
        """The last that was asked for."""
        self.options: Form | None = None
        self.setMaximumWidth(WIDEST * self.fontMetrics().averageCharWidth())
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(10)
        column.addWidget(label(heading(view, names), "section", wrap=True))
        column.addLayout(self._decisions())
        self.error = label("", "tone", wrap=True)
        set_tone(self.error, Tone.BAD)
        column.addWidget(self.error)
        self.error.hide()
        column.addWidget(self._why())
        column.addWidget(self._masking())
        self._show_options(view.fields, dict(view.options))
        self.apply = QPushButton(tr("Apply to {count} columns", count=len(names)))
        self.apply.setObjectName("primary")
        self.apply.clicked.connect(lambda _=False: self.form.write(self, self.wanted))
        self.apply.setVisible(len(names) > 1)
        column.addWidget(self.apply, alignment=Qt.AlignmentFlag.AlignLeading)
        self.line = label("", "secondary")
        column.addWidget(self.line)
        column.addStretch(1)
        self.refresh(view)
        self._turn()

    def _why(self) -> QWidget:
        self.reason = FieldInput(Field("reason", FieldKind.TEXT, ""), "")
        self.reason.name.setText(tr("Why"))
        self.reason_line = self.reason.editor
        assert isinstance(self.reason_line, QLineEdit)
        self.reason_line.setText(self.view.reason if self.view.decision is not Decision.MASK else "")
        self.reason.changed.connect(self._changed)
        return self.reason

    def _masking(self) -> QWidget:
        self.masking = QWidget()
        inside = QVBoxLayout(self.masking)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(10)
        self.technique = MaskChoice(self.view)
        self.technique.chosen.connect(self._mask_chosen)
        inside.addWidget(self.technique)
        self._options_place = QVBoxLayout()
        inside.addLayout(self._options_place)
        self._joins(inside)
        return self.masking

    def _decisions(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.group = QButtonGroup(self)
        self.radios: dict[Decision, QRadioButton] = {}
        for decision, words in WORDS.items():
            radio = self.radios[decision] = QRadioButton(tr(words))
            radio.setChecked(self.view.decision is decision)
            radio.clicked.connect(lambda _=False: self._decided())
            self.group.addButton(radio)
            row.addWidget(radio)
        row.addStretch(1)
        return row

    def _joins(self, column: QVBoxLayout) -> None:
        """Which columns are masked alike, whom a rule follows, what it is built from."""
        view = self.view
        self.domain = FieldInput(
            Field("domain", FieldKind.TEXT, tr("Columns of one domain are masked alike, in every table and database.")),
            _toml(view.domain),
        )
        self.domain.name.setText(tr("Domain"))
        self.domain.changed.connect(self._changed)
        self.joined = label("", "secondary", wrap=True)
        self.by = QComboBox()
        self.by.setEditable(True)
        self.by.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
        self.by.setMinimumContentsLength(24)
        self.by.addItems(["", *view.people])
        self.by.setCurrentText(view.by)
        self.by.setAccessibleName(tr("Follows a person (by)"))
        self.by.activated.connect(lambda _: self._changed())
        edit = self.by.lineEdit()
        assert edit is not None
        edit.setPlaceholderText(tr("nobody: each value by itself"))
        edit.editingFinished.connect(self._changed)
        self.from_ = FieldInput(
            Field("from", FieldKind.TEXTS, tr("Columns of the same row whose masked values this one is built from.")),
            _toml(list(view.from_)),
        )
        self.from_.name.setText(tr("Built from (from)"))
        self.from_.changed.connect(self._changed)
        name = label(tr("Follows a person (by)"))
        name.setBuddy(self.by)
        help_ = label(tr("The person whose values belong together: a column, or a path along foreign keys (order_id.customer_id)."),
                      "secondary", wrap=True)  # fmt: skip
        for widget in (self.domain, self.joined, name, self.by, help_, self.from_):
            column.addWidget(widget)

    # what is said

    @property
    def decision(self) -> Decision:
        return next((each for each, radio in self.radios.items() if radio.isChecked()), Decision.LEARN)

    @property
    def wanted(self) -> Wanted:
        assert isinstance(self.reason_line, QLineEdit)
        if self.decision is not Decision.MASK:
            return Wanted(self.decision, reason=self.reason_line.text().strip())
        lines = self.from_.editor
        assert isinstance(lines, QPlainTextEdit)
        named = tuple(line.strip() for line in lines.toPlainText().splitlines() if line.strip())
        domain = self.domain.editor
        assert isinstance(domain, QLineEdit)
        options = self.options.options if self.options is not None else {}
        return Wanted(
            Decision.MASK, self.technique.name, options, "", domain.text().strip(), self.by.currentText().strip(), named
        )

    def refresh(self, view: RuleView) -> None:
        """What the plan says of it besides what can be typed here."""
        self.view = view
        more = tr(" and {count} more", count=view.more_joined) if view.more_joined else ""
        said = tr("Now in the domain {domain}.", domain=view.shared) if view.shared else ""
        if view.joined:
            said = tr(
                "Now in the domain {domain}, which joins {columns}{more}.",
                domain=view.shared,
                columns=", ".join(view.joined),
                more=more,
            )
        self.joined.setText(said)
        self.joined.setVisible(bool(said))
        self.line.setText(tr("Line {line} of the plan", line=view.line) if view.line is not None else "")

    def say(self, errors: tuple[tuple[str, str], ...]) -> None:
        """What is wrong, beside its field where it has one."""
        by_field = dict(errors)
        if self.options is not None:
            self.options.say(by_field)
        self.reason.say(by_field.get("reason", ""))
        known = {"reason", *(self.options.inputs if self.options is not None else ())}
        rest = " ".join(sentence for name, sentence in errors if name not in known)
        self.error.setText(f"✕ {rest}" if rest else "")
        self.error.setVisible(bool(rest))

    def _decided(self) -> None:
        self._turn()
        if self.decision is Decision.MASK and self.technique.name:
            self._changed()
        elif self.decision is Decision.MASK:
            self.technique.choice.setFocus()
        elif self.decision is Decision.KEEP:
            self.reason_line.setFocus()
            if isinstance(self.reason_line, QLineEdit) and self.view.decision is not Decision.KEEP:
                self.reason_line.clear()
        else:
            self._changed()

    def _turn(self) -> None:
        """Show what belongs to the decision."""
        self.masking.setVisible(self.decision is Decision.MASK)
        self.reason.setVisible(self.decision in (Decision.KEEP, Decision.UNDECIDED))
        keep = self.decision is Decision.KEEP
        said = (
            tr("Why may the real values stay? Required; it stands in the plan and in every report.")
            if keep
            else tr("Why it is not decided yet.")
        )
        self.reason.help.setText(said)
        self.reason.help.show()

    def _changed(self) -> None:
        if len(self.names) > 1 or self.wanted == self.written:
            return
        self.form.write(self, self.wanted)

    def _mask_chosen(self, mask: str) -> None:
        self.form.desk.calls.ask(
            "rules.fields", owner=self, mask=mask, done=lambda fields: self._fields_here(mask, fields)
        )

    def _fields_here(self, mask: str, fields: tuple[Field, ...]) -> None:
        if mask == self.technique.name:
            self._show_options(fields, dict(self.view.options) if mask == self.view.mask else {})
            missing = [field for field in fields if field.required]
            if not missing or mask == self.view.mask:
                self._changed()
            elif self.options is not None:
                self.options.inputs[missing[0].name].editor.setFocus()

    def _show_options(self, fields: tuple[Field, ...], options: dict[str, str]) -> None:
        if self.options is not None:
            self._options_place.removeWidget(self.options)
            self.options.hide()
            self.options.deleteLater()
        self.options = Form(fields, options)
        self.options.changed.connect(self._changed)
        self._options_place.addWidget(self.options)


def wanted_of(view: RuleView) -> Wanted:
    """What the plan says now, in the form's words."""
    if view.decision is not Decision.MASK:
        return Wanted(view.decision, reason=view.reason)
    return Wanted(Decision.MASK, view.mask, dict(view.options), "", view.domain, view.by, view.from_)


def heading(view: RuleView, names: tuple[str, ...]) -> str:
    if len(names) > 1:
        return tr("{count} columns of {table}", count=len(names), table=view.table)
    if len(view.columns) > 1:
        return tr("{table}: {columns}, by one rule", table=view.table, columns=", ".join(view.columns))
    return f"{view.table}.{names[0]}   {view.native}".rstrip()


def _toml(value: object) -> str:
    from engine.toml_text import inline_text

    return inline_text(value) if value else ""
