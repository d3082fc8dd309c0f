"""Numbers of driving licences by their form."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class DriverLicense(PatternDetector):
    """A letter and digits as states of America print them; and Britain's, which begin with a name. So is much else:
    it is weak."""

    name = "driver_license"
    title = "Driving licence"
    entities = ("driver_license",)
    usual = 0.55
    hit = 0.9
    chance = 0.05
    alike = 0.95
    lengths = (7, 20)
    digits = (5, 14)
    letters = (0, 10)
    pattern = (
        r"^(?:[A-Z]{1,3}[- ]?[0-9]{5,14}|[A-Z][0-9]{3}(?:-[0-9]{2,4}){2,4}|[A-Z9]{5}[0-9]{6}[A-Z9]{2}[A-Z0-9]{3}"
        r"|[A-Z][0-9]{12,14})$"
    )
    EXAMPLES = ("D1234567", "MORGA657054SM9IJ", "S530-460-723-01")
    COUNTEREXAMPLES = ("12345", "ABCDEFG", "12-34567", "Ada")
