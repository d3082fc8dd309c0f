"""The few things that make a project: a source, a target, and the place of the plan's file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QStandardPaths, Qt, Signal
from PySide6.QtWidgets import QFileDialog, QFormLayout, QHBoxLayout, QLabel, QLineEdit, QPushButton, QWidget

from desktop.desk import Desk
from desktop.faults import Fault
from desktop.models.connections import ConnectionView
from desktop.models.home import Wanted, proposed_place
from desktop.settings import Project
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner, Card, label, primary
from desktop.widgets.connection_chooser import ConnectionChooser
from desktop.words import tr

PLANS = "Plans (*.toml)"


class ProjectForm(Card):
    """Asks for a new project, or which databases a plan is used on."""

    ready = Signal(object)
    """A Project."""
    left = Signal()

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(" ", parent)
        self.desk, self._opens, self._proposed = desk, False, ""
        self.banner = Banner()
        self.body.addWidget(self.banner)
        self.source = ConnectionChooser(tr("Source"), target=False)
        self.target = ConnectionChooser(tr("Target"), target=True)
        self.plan = QLineEdit()
        self.plan.setAccessibleName(tr("Plan file"))
        self.browse = QPushButton(tr("Browse…"))
        self.browse.setAccessibleName(tr("Browse for the plan's file"))
        self.browse.clicked.connect(self.choose_file)
        place = QHBoxLayout()
        place.addWidget(self.plan, 1)
        place.addWidget(self.browse)
        form = QFormLayout()
        form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.ExpandingFieldsGrow)
        form.addRow(tr("&Source, read only"), self.source)
        form.addRow(tr("&Target, written"), self.target)
        words = QLabel(tr("&Plan file"))
        words.setBuddy(self.plan)
        form.addRow(words, place)
        self.body.addLayout(form)
        self.hint = label("", "secondary", wrap=True)
        self.body.addWidget(self.hint)
        self.body.addLayout(self._buttons())
        self.source.chosen_changed.connect(self._propose)

    def _buttons(self) -> QHBoxLayout:
        row = QHBoxLayout()
        self.go, self.cancel = primary(tr("Make the project")), QPushButton(tr("Cancel"))
        self.connect_ = QPushButton(tr("Add a connection…"))
        self.go.clicked.connect(self.send)
        self.plan.returnPressed.connect(self.send)
        self.cancel.clicked.connect(self.left)
        self.connect_.clicked.connect(lambda: self.desk.go("connections", add=True))
        row.addWidget(self.go)
        row.addWidget(self.cancel)
        row.addStretch(1)
        row.addWidget(self.connect_)
        return row

    def begin(self, plan: str = "", *, opens: bool = False) -> None:
        """Ask anew. `opens`: the plan is there already."""
        self._opens = opens
        self.heading.setText(tr("Open a plan") if opens else tr("New project"))
        self.go.setText(tr("Open the plan") if opens else tr("Make the project"))
        self.hint.setText(
            tr("A plan holds no address: choose the databases that it is used on.")
            if opens
            else tr(
                "The plan is a text file that the command line reads as well; keep it where your other project files are."
            )
        )
        self.plan.setText(plan)
        self.banner.hide()
        self.desk.calls.ask("connections.list", owner=self, done=self._offer, failed=self._cannot)
        self.show()
        (self.plan if opens and not plan else self.source).setFocus()

    def _offer(self, found: tuple[ConnectionView, ...]) -> None:
        self.source.show_connections(found)
        self.target.show_connections(found)
        if not found:
            self.banner.say(
                tr("No connection is saved yet: save your source and an empty target first."), Tone.CAUTION,
                tr("Add a connection…"), lambda: self.desk.go("connections", add=True),
            )  # fmt: skip

    def _cannot(self, fault: Fault) -> None:
        self.banner.say(fault.sentence, Tone.BAD)

    def _propose(self, source: str) -> None:
        """A place for the plan, as long as nobody has typed one."""
        if self._opens or self.plan.text() != self._proposed:
            return
        documents = QStandardPaths.writableLocation(QStandardPaths.StandardLocation.DocumentsLocation)
        self._proposed = proposed_place(Path(documents or Path.home()), source)
        self.plan.setText(self._proposed)

    def choose_file(self) -> None:
        """Let the person look for the file."""
        dialog = file_dialog(self, opens=self._opens, where=self.plan.text())
        dialog.fileSelected.connect(self.plan.setText)
        dialog.open()

    def send(self) -> None:
        wanted = Wanted(self.plan.text(), self.source.chosen, self.target.chosen)
        said = {
            "plan": tr("Say where the plan's file is to be."),
            "absolute": tr("Say the whole path of the plan's file, from the root or from ~."),
            "source": tr("Choose the source: the database that is read."),
            "same": tr("Source and target are the same connection: a target is written over."),
        }
        missing = wanted.missing()
        if missing:
            self.banner.say(said[missing], Tone.CAUTION)
        elif self._opens:
            self._if_there(wanted.project)
        else:
            self.ready.emit(wanted.project)

    def _if_there(self, project: Project) -> None:
        def found(there: tuple[str, ...]) -> None:
            if there:
                self.ready.emit(project)
            else:
                self.banner.say(tr("There is no file {plan}.", plan=project.plan), Tone.BAD)

        self.desk.calls.ask("start.present", owner=self, done=found, failed=self._cannot, plans=(project.plan,))


def file_dialog(parent: QWidget, *, opens: bool, where: str = "") -> QFileDialog:
    """For a plan's file; it is shown by `open`, and nobody waits for it."""
    dialog = QFileDialog(parent, tr("Open a plan") if opens else tr("Where the plan goes"), where, PLANS)
    dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
    mode, accept = QFileDialog.FileMode, QFileDialog.AcceptMode
    dialog.setFileMode(mode.ExistingFile if opens else mode.AnyFile)
    dialog.setAcceptMode(accept.AcceptOpen if opens else accept.AcceptSave)
    dialog.setDefaultSuffix("toml")
    # A plan that is there is opened, never overwritten.
    dialog.setOption(QFileDialog.Option.DontConfirmOverwrite)
    return dialog
