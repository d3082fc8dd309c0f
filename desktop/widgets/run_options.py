"""How a run is ordered: into an empty target or over the last run, what follows, and (folded) how hard it may press."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QButtonGroup,
    QCheckBox,
    QDoubleSpinBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QRadioButton,
    QSpinBox,
    QToolButton,
    QVBoxLayout,
    QWidget,
)

from desktop.models.run import Mode, Options
from desktop.widgets.basic import label
from desktop.words import tr

MOST_CONNECTIONS = 64


class RunOptions(QWidget):
    """What `options` gives is what is ordered."""

    changed = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(8)
        column.addLayout(self._modes())
        column.addLayout(self._after())
        self.more = QToolButton()
        self.more.setText(tr("More options"))
        self.more.setCheckable(True)
        self.more.setArrowType(Qt.ArrowType.RightArrow)
        self.more.setToolButtonStyle(Qt.ToolButtonStyle.ToolButtonTextBesideIcon)
        self.more.toggled.connect(self._fold)
        column.addWidget(self.more)
        self.folded = self._pace()
        self.folded.hide()
        column.addWidget(self.folded)

    def _modes(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.new = QRadioButton(tr("Into an empty target"))
        self.replace = QRadioButton(tr("Replace the complete run in the target"))
        self.group = QButtonGroup(self)
        for button in (self.new, self.replace):
            self.group.addButton(button)
            row.addWidget(button)
        self.new.setChecked(True)
        self.group.buttonToggled.connect(lambda _, on: self.changed.emit() if on else None)
        row.addStretch(1)
        return row

    def _after(self) -> QHBoxLayout:
        row = QHBoxLayout()
        row.addWidget(label(tr("Afterwards"), "secondary"))
        self.verify, self.assess = QCheckBox(tr("verify the target")), QCheckBox(tr("assess its risk"))
        for box in (self.verify, self.assess):
            box.setChecked(True)
            box.toggled.connect(self.changed)
            row.addWidget(box)
        row.addStretch(1)
        return row

    def _pace(self) -> QWidget:
        folded = QWidget()
        form = QFormLayout(folded)
        form.setContentsMargins(0, 0, 0, 0)
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.FieldsStayAtSizeHint)
        self.connections = _whole(MOST_CONNECTIONS, tr("as the machine can"))
        self.rows_per_second = _whole(1_000_000_000, tr("no limit"))
        self.window_ = QLineEdit()
        self.window_.setPlaceholderText("22:00-06:00")
        self.keep_snapshot = QDoubleSpinBox()
        self.keep_snapshot.setRange(0, 100_000)
        self.keep_snapshot.setDecimals(0)
        self.keep_snapshot.setSuffix(tr(" min"))
        self.strict = QCheckBox(tr("Take warnings for errors"))
        self.model = QLineEdit()
        self.model.setPlaceholderText(tr("learn anew"))
        self.seed = QSpinBox()
        self.seed.setRange(-1, 2_147_483_647)
        self.seed.setSpecialValueText(tr("another each time"))
        for name, tip, field in (
            (tr("Connections to each database"), tr("Of each side, at most"), self.connections),
            (tr("Rows per second"), tr("All connections together"), self.rows_per_second),
            (tr("Only in these hours"), tr("Local time; outside them the run waits"), self.window_),
            (tr("Keep the snapshot for"), tr("While the run is paused or interrupted"), self.keep_snapshot),
            (tr("Stored model"), tr("Synthetic rows are made of it, and nothing is learned"), self.model),
            (tr("Seed of synthetic rows"), tr("The same seed gives the same rows"), self.seed),
        ):
            field.setToolTip(tip)
            field.setAccessibleName(name)
            form.addRow(name, field)
        form.addRow("", self.strict)
        self.synthetic = (self.model, self.seed)
        self._form = form
        return folded

    def say_synthesis(self, synthesises: bool) -> None:
        """Fields of synthetic rows are shown where the plan makes some."""
        for field in self.synthetic:
            self._form.setRowVisible(field, synthesises)

    def _fold(self, shown: bool) -> None:
        self.folded.setVisible(shown)
        self.more.setArrowType(Qt.ArrowType.DownArrow if shown else Qt.ArrowType.RightArrow)

    @property
    def options(self) -> Options:
        return Options(
            mode=self.mode, verify=self.verify.isChecked(), assess=self.assess.isChecked(), strict=self.strict.isChecked(),
            connections=self.connections.value(), rows_per_second=self.rows_per_second.value(), window=self.window_.text(),
            keep_snapshot=self.keep_snapshot.value(), model=self.model.text().strip(), seed=self.seed.value(),
        )  # fmt: skip

    @property
    def mode(self) -> str:
        return Mode.REPLACE.value if self.replace.isChecked() else Mode.NEW.value

    def show_mode(self, mode: str) -> None:
        (self.replace if mode == Mode.REPLACE else self.new).setChecked(True)

    def show_options(self, options: Options) -> None:
        """Put these into the fields."""
        self.show_mode(options.mode)
        self.verify.setChecked(options.verify)
        self.assess.setChecked(options.assess)
        self.strict.setChecked(options.strict)
        self.connections.setValue(options.connections)
        self.rows_per_second.setValue(options.rows_per_second)
        self.window_.setText(options.window)
        self.keep_snapshot.setValue(options.keep_snapshot)
        self.model.setText(options.model)
        self.seed.setValue(options.seed)


def _whole(most: int, none: str) -> QSpinBox:
    made = QSpinBox()
    made.setRange(0, most)
    made.setGroupSeparatorShown(True)
    made.setSpecialValueText(none)
    return made
