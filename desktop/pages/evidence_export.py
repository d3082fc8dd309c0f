"""Which reports, in which formats, and where to: asked once, remembered for the next time."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import Qt, QUrl, Signal
from PySide6.QtGui import QDesktopServices
from PySide6.QtWidgets import (
    QCheckBox,
    QDialog,
    QDialogButtonBox,
    QFileDialog,
    QHBoxLayout,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.desk import Desk
from desktop.faults import Fault, Why
from desktop.models.evidence import Exported
from desktop.theme.tokens import Tone
from desktop.widgets.basic import Banner, label, primary
from desktop.words import tr


class ExportDialog(QDialog):
    """Asks, shows that it is written, then which files and why one is missing."""

    ordered = Signal(str, tuple, tuple)
    """Folder, reports, formats."""

    def __init__(self, folder: str, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Export reports"))
        self.reports = {
            "releasable": QCheckBox(tr("Releasable: may go with the target; nothing in it was computed from the source")),
            "internal": QCheckBox(tr("Internal: names values of real data; stays with those who may see the source")),
        }  # fmt: skip
        self.formats = {"html": QCheckBox("HTML"), "pdf": QCheckBox("PDF"), "json": QCheckBox(tr("JSON, sealed"))}
        self._written = folder
        self.folder = QLineEdit(folder)
        self.folder.setAccessibleName(tr("Folder for the reports"))
        self.folder.setMinimumWidth(self.fontMetrics().averageCharWidth() * 60)
        self.browse = QPushButton(tr("Browse…"))
        self.banner = Banner()
        self.files = label("", wrap=True)
        self.go, self.show_folder = primary(tr("Export")), QPushButton(tr("Open folder"))
        self._fill()
        for box in (*self.reports.values(), *self.formats.values()):
            box.setChecked(True)
            box.toggled.connect(lambda _: self._check())
        self.folder.textChanged.connect(lambda _: self._check())
        self.browse.clicked.connect(self._browse)
        self.go.clicked.connect(self._order)
        self.show_folder.clicked.connect(lambda: QDesktopServices.openUrl(QUrl.fromLocalFile(self._written)))
        self.show_folder.hide()
        self.browse.setAutoDefault(False)
        self.go.setDefault(True)
        self._check()

    def _fill(self) -> None:
        column = QVBoxLayout(self)
        column.addWidget(self.banner)
        column.addWidget(label(tr("Reports"), "section"))
        for box in self.reports.values():
            column.addWidget(box)
        column.addWidget(label(tr("Formats"), "section"))
        row = QHBoxLayout()
        for box in self.formats.values():
            row.addWidget(box)
        row.addStretch(1)
        column.addLayout(row)
        column.addWidget(label(tr("Folder"), "section"))
        where = QHBoxLayout()
        where.addWidget(self.folder, 1)
        where.addWidget(self.browse)
        column.addLayout(where)
        column.addWidget(label(tr("Files of the same name there are replaced."), "secondary", wrap=True))
        column.addWidget(self.files)
        buttons = QDialogButtonBox()
        buttons.addButton(self.go, QDialogButtonBox.ButtonRole.ActionRole)
        buttons.addButton(self.show_folder, QDialogButtonBox.ButtonRole.ActionRole)
        close = buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        close.clicked.connect(self.reject)
        column.addWidget(buttons)

    def _check(self) -> None:
        chosen = any(box.isChecked() for box in self.reports.values()) and any(
            box.isChecked() for box in self.formats.values()
        )
        self.go.setEnabled(chosen and bool(self.folder.text().strip()))

    def _browse(self) -> None:
        dialog = QFileDialog(self, tr("Folder for the reports"), self.folder.text())
        dialog.setFileMode(QFileDialog.FileMode.Directory)
        dialog.setOption(QFileDialog.Option.ShowDirsOnly)
        dialog.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        dialog.fileSelected.connect(self.folder.setText)
        dialog.open()

    def _order(self) -> None:
        self.banner.hide()
        self.files.setText(tr("Writing…"))
        self.go.setEnabled(False)
        reports = tuple(name for name, box in self.reports.items() if box.isChecked())
        formats = tuple(name for name, box in self.formats.items() if box.isChecked())
        self.ordered.emit(self.folder.text().strip(), reports, formats)

    def done_writing(self, exported: Exported) -> None:
        """Name every file, and what is missing."""
        self._written = exported.folder
        written = "\n".join(exported.files)
        self.files.setText(tr("Written:") + f"\n{written}")
        self.show_folder.show()
        self._check()
        if exported.missing:
            self.banner.say(exported.missing, Tone.CAUTION)

    def failed(self, sentence: str) -> None:
        self.files.setText("")
        self.banner.say(sentence, Tone.BAD)
        self._check()


def export_reports(desk: Desk, id: str, parent: QWidget) -> ExportDialog:
    """Ask which reports of this assessment and where to, and have them written."""
    kept = desk.settings.kept.get("evidence")
    folder = str(kept.get("folder", "")) if isinstance(kept, dict) else ""
    dialog = ExportDialog(folder or str(Path.home() / "lookalike-reports"), parent)

    def failed(fault: Fault) -> None:
        dialog.failed(fault.sentence)
        if fault.why is Why.LOCKED:
            desk.locked.emit(dialog.go.click)

    def ordered(folder: str, reports: tuple[str, ...], formats: tuple[str, ...]) -> None:
        desk.keep("evidence", {"folder": folder})
        desk.calls.ask(
            "evidence.export", owner=dialog, id=id, folder=folder, reports=reports, formats=formats,
            done=dialog.done_writing, failed=failed,
        )  # fmt: skip

    dialog.ordered.connect(ordered)
    dialog.open()
    return dialog
