"""Before there is a board: what discovery will do, under which policy and key; and while it does it, how far it is."""

from __future__ import annotations

from time import monotonic

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFormLayout,
    QHBoxLayout,
    QLineEdit,
    QProgressBar,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.models.how_far import HowFar
from desktop.models.hub import PolicyWords
from desktop.pages.discover_words import phase_words
from desktop.widgets.basic import Card, label, primary
from desktop.words import tr


class PolicyChooser(QComboBox):
    """The policies that come with the product, or a file's path typed in."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setEditable(True)
        self.setInsertPolicy(QComboBox.InsertPolicy.NoInsert)
        self.setAccessibleName(tr("Policy"))
        self.setMinimumContentsLength(18)
        self.addItem(tr("No policy"), None)
        edit = self.lineEdit()
        assert edit is not None
        edit.setAccessibleName(tr("Policy, or the path of a policy file"))

    def show_policies(self, policies: tuple[PolicyWords, ...]) -> None:
        chosen = self.policy
        while self.count() > 1:
            self.removeItem(1)
        for each in policies:
            self.addItem(each.title.partition(":")[0], each.name)
            self.setItemData(self.count() - 1, f"{each.title}.\n{each.caution}", Qt.ItemDataRole.ToolTipRole)
        self.choose(chosen)

    def choose(self, policy: str | None) -> None:
        place = self.findData(policy or None)
        if place >= 0:
            self.setCurrentIndex(place)
        else:
            self.setEditText(policy or "")

    @property
    def policy(self) -> str | None:
        """Its name or file; None: without one."""
        text = self.currentText().strip()
        place = self.findText(text, Qt.MatchFlag.MatchFixedString)
        found: str | None = self.itemData(place) if place >= 0 else text or None
        return found


class StartPanel(QWidget):
    """No plan yet."""

    asked = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.policy, self.key = PolicyChooser(), QLineEdit("default")
        self.key.setAccessibleName(tr("Masking key"))
        self.what = label("", "secondary", wrap=True)
        self.button = primary(tr("Discover"))
        self.button.clicked.connect(self.asked)
        card = Card(tr("Find personal data, and propose a plan"))
        card.body.addWidget(self.what)
        form = QFormLayout()
        form.addRow(tr("&Policy"), self.policy)
        form.addRow(tr("Masking &key"), self.key)
        card.body.addLayout(form)
        hint = tr("Databases under one key agree: the same person gets the same new name in each of them.")
        card.body.addWidget(label(hint, "secondary", wrap=True))
        card.body.addWidget(self.button, alignment=Qt.AlignmentFlag.AlignLeading)
        card.setMaximumWidth(self.fontMetrics().averageCharWidth() * 90)
        _middle(self, card)

    def show_source(self, source: str, plan: str) -> None:
        words = tr(
            "{source} is read, and nothing is written to it: a sample of every table, never a whole large one. What is found becomes "
            "the plan {plan}: a mask for what is sure, and what is not sure waits for your decision.",
            source=source, plan=plan,
        )  # fmt: skip
        self.what.setText(words)


class LookingPanel(QWidget):
    """Discovery is under way."""

    cancelled = Signal()

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.phase, self.where, self.time = label("", "section"), label("", "secondary"), label("", "secondary")
        self.bar = QProgressBar()
        self.bar.setTextVisible(False)
        self.bar.setAccessibleName(tr("How far discovery is"))
        self.cancel = QPushButton(tr("Cancel"))
        self.cancel.clicked.connect(self.cancelled)
        self._began, self._timer = monotonic(), QTimer(self)
        self._timer.setInterval(500)
        self._timer.timeout.connect(self._tick)
        card = Card(tr("Looking for personal data"))
        foot = QHBoxLayout()
        foot.addWidget(self.time, 1)
        foot.addWidget(self.cancel)
        for widget in (self.phase, self.bar, self.where):
            card.body.addWidget(widget)
        card.body.addLayout(foot)
        card.setMaximumWidth(self.fontMetrics().averageCharWidth() * 90)
        _middle(self, card)

    def begin(self) -> None:
        self._began = monotonic()
        self._timer.start()
        self.bar.setRange(0, 0)
        self.show_looking(HowFar(""))
        self._tick()

    def end(self) -> None:
        self._timer.stop()

    def show_looking(self, looking: HowFar) -> None:
        self.phase.setText(phase_words(looking.phase))
        counted = bool(looking.table and looking.total)
        self.bar.setRange(0, looking.total if counted else 0)
        self.bar.setValue(looking.done)
        self.where.setText(_how_far(looking) if counted else "")

    def _tick(self) -> None:
        self.time.setText(tr("{seconds} s", seconds=int(monotonic() - self._began)))


def _how_far(looking: HowFar) -> str:
    if looking.unit == "text":
        return tr("{table}: {done:,} of {total:,} texts", table=looking.table, done=looking.done, total=looking.total)
    return tr("{table}: {done:,} of {total:,} tables", table=looking.table, done=looking.done, total=looking.total)


def _middle(widget: QWidget, card: Card) -> None:
    """A card where one looks first."""
    row, column = QHBoxLayout(), QVBoxLayout(widget)
    row.addStretch(1)
    row.addWidget(card, 6)
    row.addStretch(1)
    column.addStretch(1)
    column.addLayout(row)
    column.addStretch(2)
