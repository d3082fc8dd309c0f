"""The fields of a connection and its address as one line: a change of either shows in the other."""

from __future__ import annotations

from collections.abc import Collection, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import (
    QComboBox,
    QFileDialog,
    QFormLayout,
    QHBoxLayout,
    QLabel,
    QLineEdit,
    QPushButton,
    QVBoxLayout,
    QWidget,
)

from desktop.models.addresses import BY_NAME, DIALECTS, Address, line, other_dialect, read
from desktop.models.connections import ConnectionView, Draft, Role, Wrong, wrong_in
from desktop.widgets.basic import label
from desktop.widgets.role_choice import RoleChoice
from desktop.words import tr

UNREADABLE = "This is no address that can be read: dialect://user@host:port/database."
MOVED = "The password was moved to its own field."


class ConnectionForm(QWidget):
    """Edits one connection; asks nobody."""

    changed = Signal()
    """A person has changed something."""

    def __init__(self, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self._address = Address()
        self._view: ConnectionView | None = None
        self._password_of: str | None = None
        self._filling = False
        self._make_fields()
        self._lay_out()
        self._connect()
        self.show_new(Address())

    def show_new(
        self, address: Address, name: str = "", role: Role = Role.SOURCE, password_of: str | None = None
    ) -> None:
        """An empty form, or that of a copy."""
        self._view, self._password_of = None, password_of
        self._show(address, name, role)

    def show_connection(self, view: ConnectionView) -> None:
        """What is saved."""
        self._view, self._password_of = view, view.name
        known = read(view.url)
        self._show(known[0] if known is not None else Address(), view.name, view.role)
        if known is None:
            self.url.setText(view.url)

    @property
    def view(self) -> ConnectionView | None:
        """The saved connection that is edited; None: a new one."""
        return self._view

    @property
    def address(self) -> Address:
        return self._address

    @property
    def draft(self) -> Draft:
        """As the form stands."""
        typed = self.password.text() if self.password.isModified() else None
        name = self.name.text().strip()
        replaces = self._view.name if self._view is not None else None
        return Draft(name, line(self._address), self.role.role, typed, replaces, self._password_of)

    def wrong(self, taken: Collection[str]) -> Wrong | None:
        """The first mistake in it; `taken`: names of other connections."""
        if self.url.text() and read(self.url.text()) is None:
            return Wrong("url", UNREADABLE)
        return wrong_in(self.name.text(), self._address, taken)

    def point_at(self, wrong: Wrong) -> None:
        """Put the keyboard where something is to be mended."""
        fields = {"name": self.name, "host": self.host, "port": self.port, "database": self.database, "url": self.url}
        field = fields[wrong.field]
        field.setFocus()
        field.selectAll()

    def settle(self) -> None:
        """Take a password out of the line, where somebody has typed one there."""
        known = read(self.url.text())
        if known is None or not known[1]:
            return
        self.password.setText(known[1])
        self.password.setModified(True)
        with self._filled():
            self.url.setText(line(self._address))
        self._say(tr(MOVED))

    def _make_fields(self) -> None:
        self.name, self.host, self.port = QLineEdit(), QLineEdit(), QLineEdit()
        self.database, self.user, self.ca, self.url = QLineEdit(), QLineEdit(), QLineEdit(), QLineEdit()
        self.password = QLineEdit()
        self.password.setEchoMode(QLineEdit.EchoMode.Password)
        self.kind, self.tls = QComboBox(), QComboBox()
        for dialect in DIALECTS:
            self.kind.addItem(dialect.title, dialect.name)
        self.role = RoleChoice()
        self.browse = QPushButton(tr("Browse…"))
        self.browse.setAccessibleName(tr("Browse for the file"))
        self.note = label("", "secondary", wrap=True)
        for field in (self.tls, self.kind):
            field.setSizeAdjustPolicy(QComboBox.SizeAdjustPolicy.AdjustToMinimumContentsLengthWithIcon)
            field.setMinimumContentsLength(12)

    def _lay_out(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        self._form = QFormLayout()
        self._form.setFieldGrowthPolicy(QFormLayout.FieldGrowthPolicy.AllNonFixedFieldsGrow)
        self._form.addRow(tr("&Name"), self.name)
        self._form.addRow(tr("&Kind"), self.kind)
        self._server = self._beside(self.host, self.port)
        at = QLabel(tr("&Host, port"))
        at.setBuddy(self.host)
        self._form.addRow(at, self._server)
        self._place = self._beside(self.database, self.browse)
        self._kept_in = QLabel()
        self._kept_in.setBuddy(self.database)
        self._form.addRow(self._kept_in, self._place)
        self._form.addRow(tr("&User"), self.user)
        self._form.addRow(tr("&Password"), self.password)
        self._form.addRow(tr("&Encryption"), self.tls)
        self._form.addRow(tr("&Authorities"), self.ca)
        self._form.addRow(tr("&Address"), self.url)
        self._form.addRow("", self.note)
        self._form.addRow(tr("Role"), self.role)
        column.addLayout(self._form)
        names = {
            self.name: tr("Name"), self.host: tr("Host"), self.port: tr("Port"), self.database: tr("Database or file"),
            self.user: tr("User"), self.password: tr("Password"), self.ca: tr("File of certificate authorities"),
            self.url: tr("Address as one line"), self.kind: tr("Kind of database"), self.tls: tr("Encryption"),
        }  # fmt: skip
        for widget, name in names.items():
            widget.setAccessibleName(name)
        self.ca.setPlaceholderText(tr("File of certificate authorities, if they are your own"))

    def _beside(self, wide: QWidget, narrow: QWidget) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.addWidget(wide, 4)
        row.addWidget(narrow, 1)
        return made

    def _connect(self) -> None:
        for field in (self.host, self.port, self.database, self.user, self.ca):
            field.textEdited.connect(self._fields_edited)
        for other in (self.name, self.password):
            other.textEdited.connect(lambda _: self.changed.emit())
        self.tls.currentIndexChanged.connect(self._fields_edited)
        self.kind.currentIndexChanged.connect(self._kind_chosen)
        self.url.textEdited.connect(self._line_edited)
        self.url.editingFinished.connect(self.settle)
        self.role.chosen.connect(self.changed)
        self.browse.clicked.connect(self._browse)

    def _show(self, address: Address, name: str, role: Role) -> None:
        self._address = address
        self._fill()
        self.name.setText(name)
        self.role.say(role)
        self.password.clear()
        self.password.setModified(False)
        kept = self._view is not None and self._view.has_password
        self.password.setPlaceholderText(
            tr("Kept in the vault; type to replace it") if kept else tr("Goes to the vault")
        )
        with self._filled():
            self.url.setText(line(address) if address != Address() else "")
        self._say("")

    def _fill(self) -> None:
        """The fields, from the address."""
        known, address = BY_NAME[self._address.dialect], self._address
        with self._filled():
            self.kind.setCurrentIndex(self.kind.findData(address.dialect))
            texts = {self.host: address.host, self.port: address.port, self.user: address.user, self.ca: address.ca}
            for field, text in (texts | {self.database: address.database}).items():
                if field.text() != text:
                    field.setText(text)
            self.port.setPlaceholderText(known.port)
            self.tls.clear()
            for mode in known.modes:
                self.tls.addItem(tr(mode.words), mode.value)
            if self.tls.findData(address.tls) < 0:
                self.tls.addItem(address.tls, address.tls)
            self.tls.setCurrentIndex(self.tls.findData(address.tls))
        for widget, shown in (
            (self._server, not known.file), (self.user, not known.file), (self.password, not known.file),
            (self.tls, bool(known.modes)), (self.ca, bool(known.ca)),
        ):  # fmt: skip
            self._form.setRowVisible(widget, shown)
        self.browse.setVisible(known.file)
        self._kept_in.setText(tr("&File") if known.file else tr("&Database"))

    def _fields_edited(self) -> None:
        if self._filling:
            return
        self._address = replace(
            self._address, host=self.host.text().strip(), port=self.port.text().strip(), database=self.database.text(),
            user=self.user.text(), tls=self.tls.currentData() or "", ca=self.ca.text().strip(),
        )  # fmt: skip
        with self._filled():
            self.url.setText(line(self._address))
        self._say("")
        self.changed.emit()

    def _kind_chosen(self) -> None:
        if self._filling:
            return
        self._address = other_dialect(self._address, self.kind.currentData())
        self._fill()
        self._fields_edited()

    def _line_edited(self) -> None:
        known = read(self.url.text())
        self._say(tr(UNREADABLE) if known is None and self.url.text() else "")
        if known is not None:
            self._address = known[0]
            self._fill()
        self.changed.emit()

    def _say(self, sentence: str) -> None:
        self.note.setText(sentence)
        self._form.setRowVisible(self.note, bool(sentence))

    def _browse(self) -> None:
        chooser = QFileDialog(self, tr("The SQLite file"), str(Path(self.database.text() or ".").parent))
        chooser.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        chooser.setFileMode(QFileDialog.FileMode.AnyFile)
        chooser.fileSelected.connect(self._file_chosen)
        chooser.open()

    def _file_chosen(self, file: str) -> None:
        self.database.setText(file)
        self._fields_edited()

    @contextmanager
    def _filled(self) -> Iterator[None]:
        """What is set meanwhile is nobody's edit."""
        before, self._filling = self._filling, True
        try:
            yield
        finally:
            self._filling = before
