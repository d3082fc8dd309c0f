"""Where pictures are kept."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class PhotoPath(PatternDetector):
    """Names of files of pictures. Most are of products: it is weak."""

    name = "photo_path"
    title = "File of a picture"
    entities = ("photo",)
    usual = 0.3
    hit = 0.95
    chance = 0.02
    alike = 0.95
    lengths = (5, 250)
    pattern = r"^(?i)[^\n]+\.(?:jpe?g|png|gif|bmp|tiff?|webp|heic|svg)$"
    EXAMPLES = ("photos/ada.jpg", "C:\\Pictures\\1.BMP", "http://example.org/ada.png")
    COUNTEREXAMPLES = ("jpg", "report.pdf", "ada.jpg.txt", "png format")
