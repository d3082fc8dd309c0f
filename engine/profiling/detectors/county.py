"""Counties and districts."""

from __future__ import annotations

from engine.profiling.detector import PatternDetector


class County(PatternDetector):
    """With the word for it, before or after the name."""

    name = "county"
    title = "County"
    entities = ("county",)
    hit = 0.9
    chance = 0.003
    usual = 0.4
    lengths = (6, 60)
    digits = (0, 0)
    pattern = (
        r"(?i)^(?:county|landkreis|kreis|bezirk|provincia|province|distrito|comarca|arrondissement|gemeente|concelho) .+"
        r"|^[^,]+ (?:county|parish|borough|district|census area|kreis|län|fylke|township)$"
    )
    EXAMPLES = ("Middlesex County", "Orleans Parish", "Landkreis Gifhorn", "County Kerry")
    COUNTEREXAMPLES = ("Middlesex", "12", "Countryside roads")
