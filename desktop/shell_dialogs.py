"""Settings, and what this program is made of."""

from __future__ import annotations

from dataclasses import replace
from importlib.metadata import PackageNotFoundError, version
from typing import Any

from PySide6.QtCore import qVersion
from PySide6.QtWidgets import (
    QCheckBox,
    QComboBox,
    QDialog,
    QDialogButtonBox,
    QFormLayout,
    QPushButton,
    QSpinBox,
    QVBoxLayout,
    QWidget,
)

from desktop.desk import Desk
from desktop.models.about import Package
from desktop.models.grid import ListGrid
from desktop.settings import LARGEST, SMALLEST, Scheme
from desktop.shell_menus import scheme_words
from desktop.theme.look import POINTS
from desktop.widgets.basic import label
from desktop.widgets.grid import GridView
from desktop.words import tr


class SettingsDialog(QDialog):
    """Each change holds at once; there is nothing to confirm."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.desk = desk
        self.setWindowTitle(tr("Settings"))
        column = QVBoxLayout(self)
        column.setSpacing(12)
        form = QFormLayout()
        self.scheme, self.points = QComboBox(), QSpinBox()
        for scheme, text in scheme_words().items():
            self.scheme.addItem(text, scheme.value)
        self.points.setRange(POINTS + SMALLEST, POINTS + LARGEST)
        self.points.setSuffix(tr(" points"))
        form.addRow(tr("&Colours"), self.scheme)
        form.addRow(tr("&Size of text"), self.points)
        form.addRow(tr("Workspace"), label(str(desk.workspace.folder), wrap=True))
        column.addLayout(form)
        self.first = QCheckBox(tr("Offer the sample clinic on the home page"))
        column.addWidget(self.first)
        if not desk.writable:
            column.addWidget(
                label(
                    tr("The workspace cannot be written: these hold until the window is closed."),
                    "secondary",
                    wrap=True,
                )
            )
        self.forget = QPushButton(tr("Forget the recent projects"))
        # Enter in a field is no wish to forget anything.
        self.forget.setAutoDefault(False)
        column.addWidget(self.forget)
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        self.setMinimumWidth(56 * self.fontMetrics().averageCharWidth())
        self._show()
        self.scheme.activated.connect(lambda _: self._keep(scheme=Scheme(self.scheme.currentData())))
        self.points.valueChanged.connect(lambda points: self._keep(points=points - POINTS))
        self.first.toggled.connect(lambda on: self._keep(first_run=on))
        self.forget.clicked.connect(lambda: self._keep(recent=()))
        desk.settings_changed.connect(self._show)

    def _keep(self, **change: Any) -> None:
        self.desk.remember(replace(self.desk.settings, **change))

    def _show(self) -> None:
        settings = self.desk.settings
        for widget in (self.scheme, self.points, self.first):
            widget.blockSignals(True)
        self.scheme.setCurrentIndex(self.scheme.findData(settings.scheme.value))
        self.points.setValue(POINTS + settings.points)
        self.first.setChecked(settings.first_run)
        for widget in (self.scheme, self.points, self.first):
            widget.blockSignals(False)
        self.forget.setEnabled(bool(settings.recent))


class AboutDialog(QDialog):
    """Version, licence, and the packages beside it with theirs."""

    def __init__(self, desk: Desk, parent: QWidget | None = None) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("About Lookalike"))
        column = QVBoxLayout(self)
        column.setSpacing(10)
        column.addWidget(label(tr("Lookalike {version}", version=own_version()), "title"))
        column.addWidget(
            label(tr("Test databases that look like production and contain nobody. Under Apache-2.0."), wrap=True)
        )
        column.addWidget(
            label(
                tr(
                    "The window uses Qt {qt} through PySide6 Essentials, unchanged and under the LGPL version 3: they are installed "
                    "as packages of their own, and whoever has Lookalike may put another build of them in their place.",
                    qt=qVersion(),
                ),
                wrap=True,
            )
        )
        column.addWidget(
            label(tr("Nothing is sent anywhere: the only network is the one to your databases."), wrap=True)
        )
        column.addWidget(label(tr("Installed packages and their licences"), "section"))
        self.packages = GridView(tr("Packages and licences"))
        column.addWidget(self.packages, 1)
        buttons = QDialogButtonBox()
        buttons.addButton(tr("Close"), QDialogButtonBox.ButtonRole.RejectRole)
        buttons.rejected.connect(self.close)
        column.addWidget(buttons)
        letters = self.fontMetrics()
        self.resize(90 * letters.averageCharWidth(), 32 * letters.height())
        self.packages.show_grid(ListGrid((tr("Package"),), ((tr("Reading…"),),)))
        desk.calls.ask("start.licences", owner=self, done=self._show)

    def _show(self, packages: tuple[Package, ...]) -> None:
        rows = tuple((each.name, each.version, each.licence or tr("not said")) for each in packages)
        self.packages.show_grid(ListGrid((tr("Package"), tr("Version"), tr("Licence")), rows))


def own_version() -> str:
    try:
        return version("lookalike")
    except PackageNotFoundError:
        return tr("(from its source folder)")
