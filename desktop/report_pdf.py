"""A report as PDF, by Qt: text through QTextDocument, figures as pictures. It needs no screen."""

from __future__ import annotations

import os
import sys
from functools import cache

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QMarginsF, QRectF, QSizeF, QUrl
from PySide6.QtGui import QFont, QGuiApplication, QImage, QPageLayout, QPageSize, QPainter, QPdfWriter, QTextDocument
from PySide6.QtSvg import QSvgRenderer

from engine.report.page import Paper

DOTS = 96
"""Per inch: what a pixel of the page is on paper."""
SHARPER = 3
"""Pixels of a picture for each pixel of the page."""
MARGIN = 15.0
"""Millimetres."""


def pdf_of(paper: Paper) -> bytes:
    """The report on A4 pages, with their numbers."""
    _application()
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    writer = QPdfWriter(buffer)
    writer.setResolution(DOTS)
    writer.setCreator("Lookalike")
    writer.setPageSize(QPageSize(QPageSize.PageSizeId.A4))
    writer.setPageMargins(QMarginsF(MARGIN, MARGIN, MARGIN, MARGIN), QPageLayout.Unit.Millimeter)
    document = _document(paper, writer)
    writer.setTitle(document.metaInformation(QTextDocument.MetaInformation.DocumentTitle))
    _print(document, writer)
    buffer.close()
    return bytes(buffer.data().data())


@cache
def _application() -> QGuiApplication:
    """The one that runs, or one without a screen, for as long as the process lasts: fonts need it."""
    running = QGuiApplication.instance()
    if isinstance(running, QGuiApplication):
        return running
    if sys.platform.startswith("linux") and not (os.environ.get("DISPLAY") or os.environ.get("WAYLAND_DISPLAY")):
        os.environ.setdefault("QT_QPA_PLATFORM", "offscreen")
    return QGuiApplication([])


def _document(paper: Paper, writer: QPdfWriter) -> QTextDocument:
    document = QTextDocument()
    document.documentLayout().setPaintDevice(writer)
    document.setDefaultFont(QFont("DejaVu Sans", 9))
    for place, (svg, _) in enumerate(paper.figures):
        document.addResource(QTextDocument.ResourceType.ImageResource.value, QUrl(f"figure:{place}"), _picture(svg))
    document.setPageSize(QSizeF(writer.width(), writer.height()))
    document.setHtml(paper.html)
    return document


def _picture(svg: str) -> QImage:
    renderer = QSvgRenderer(QByteArray(svg.encode()))
    size = renderer.defaultSize() * SHARPER
    image = QImage(size, QImage.Format.Format_ARGB32)
    image.fill(0xFFFFFFFF)
    painter = QPainter(image)
    renderer.render(painter)
    painter.end()
    return image


def _print(document: QTextDocument, writer: QPdfWriter) -> None:
    """Page by page, each with its number in the margin below."""
    painter = QPainter(writer)
    height, pages = document.pageSize().height(), document.pageCount()
    for page in range(pages):
        if page:
            writer.newPage()
        painter.save()
        painter.translate(0, -page * height)
        document.drawContents(painter, QRectF(0, page * height, document.pageSize().width(), height))
        painter.restore()
        painter.drawText(0, int(height) + 30, f"{page + 1} of {pages}")
    painter.end()
