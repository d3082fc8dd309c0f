"""Places on the map in one text."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector

_NUMBER = r"[-+]?[0-9]{1,3}\.[0-9]{2,}"


class GeoPoint(PatternDetector):
    """Latitude and longitude, as a pair, as well-known text, as GeoJSON or in degrees and minutes."""

    name = "geo_point"
    title = "Place on the map"
    entities = ("geo_point",)
    chance = 0.001
    lengths = (7, 250)
    digits = (4, 60)
    pattern = (
        rf"^(?i)(?:[(\[]?{_NUMBER}\s*[,; ]\s*{_NUMBER}[)\]]?"
        r"|(?:SRID=[0-9]+;\s*)?POINT\s?(?:Z|M|ZM)?\s?\([-+0-9.eE\s]+\)"
        r"|\{.{0,20}\"type\": ?\"Point\".*\}"
        r"|[0-9]{1,3} ?°.{0,14}[NS][,; ]+[0-9]{1,3} ?°.{0,14}[EWO])$"
    )
    EXAMPLES = (
        "48.8566, 2.3522",
        "POINT(2.3522 48.8566)",
        "(51.5074,-0.1278)",
        "SRID=4326;POINT (2.35 48.85)",
        "48°51'24\"N 2°21'03\"E",
    )
    COUNTEREXAMPLES = ("48.8566", "1, 2", "POINT OF SALE", "12.50 EUR", "(1,2)")
