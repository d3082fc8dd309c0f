"""The offline help: one page of Markdown for each topic, beside this file."""

from __future__ import annotations

from pathlib import Path

from PySide6.QtCore import QUrl
from PySide6.QtGui import QTextDocument
from PySide6.QtWidgets import QDialog, QDialogButtonBox, QHBoxLayout, QListWidget, QTextBrowser, QVBoxLayout, QWidget

from desktop.desk import Desk
from desktop.words import tr

FOLDER = Path(__file__).parent / "help"
FIRST = "start"


def topics() -> dict[str, str]:
    """Every topic with its heading, the first one first."""
    found = {file.stem: _heading(file) for file in sorted(FOLDER.glob("*.md"))}
    return {FIRST: found.pop(FIRST), **found} if FIRST in found else found


def _heading(file: Path) -> str:
    with open(file, encoding="utf-8") as lines:
        return lines.readline().lstrip("# ").strip()


class HelpDialog(QDialog):
    """Topics beside the one that is read. It does not stand in the way: the window works on."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Help"))
        column = QVBoxLayout(self)
        row = QHBoxLayout()
        self.list, self.text = QListWidget(), QTextBrowser()
        self.list.setAccessibleName(tr("Topics"))
        self.text.setAccessibleName(tr("Help"))
        # Nothing is fetched: a link goes to another topic or nowhere.
        self.text.setOpenLinks(False)
        self.text.anchorClicked.connect(self._linked)
        self.text.document().setDocumentMargin(self.fontMetrics().height())
        self._topics = topics()
        self.list.addItems(list(self._topics.values()))
        self.list.currentRowChanged.connect(self._chosen)
        row.addWidget(self.list)
        row.addWidget(self.text, 1)
        column.addLayout(row, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        letters = self.fontMetrics()
        self.list.setMaximumWidth(28 * letters.averageCharWidth())
        self.resize(110 * letters.averageCharWidth(), 36 * letters.height())

    def go(self, topic: str) -> None:
        """Show this topic; one that nobody has written leads to the first."""
        names = list(self._topics)
        self.list.setCurrentRow(names.index(topic) if topic in names else 0)

    def _chosen(self, row: int) -> None:
        text = (FOLDER / f"{list(self._topics)[row]}.md").read_text("utf-8")
        self.text.document().setMarkdown(
            text, QTextDocument.MarkdownFeature.MarkdownNoHTML | QTextDocument.MarkdownFeature.MarkdownDialectGitHub
        )
        self.text.moveCursor(self.text.textCursor().MoveOperation.Start)

    def _linked(self, link: QUrl) -> None:
        self.go(Path(link.path()).stem)


def show_help(desk: Desk, topic: str, parent: QWidget | None = None) -> HelpDialog:
    """Open the help at this topic, in the dialog that is open already if there is one."""
    known = parent.findChild(HelpDialog) if parent is not None else None
    dialog = known if isinstance(known, HelpDialog) else HelpDialog(parent)
    dialog.go(topic)
    dialog.show()
    dialog.raise_()
    dialog.activateWindow()
    return dialog
