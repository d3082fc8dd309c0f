"""Names of streets whose house numbers stand elsewhere."""

from __future__ import annotations

from engine.profiling.detector import WordsDetector
from engine.profiling.detectors.street_address import street_word


class StreetName(WordsDetector):
    """Two words or more that begin or end with a word for streets, or one that ends with it; no number."""

    name = "street_name"
    title = "Street name"
    entities = ("street_address",)
    hit = 0.85
    chance = 0.01
    usual = 0.15
    digits = (0, 0)
    EXAMPLES = ("Main Street", "Hauptstraße", "Rue de la Paix", "Avenida da Liberdade", "Keizersgracht", "Via Roma")
    COUNTEREXAMPLES = (
        "Streets of fire",
        "12 Main Street",
        "Ada Lovelace",
        "Keyboard",
        "The way of all flesh",
        "Placement of orders",
    )

    def fits(self, words: list[str]) -> bool:
        if not 0 < len(words) <= 6 or not all(word.replace("-", "").replace("'", "").isalpha() for word in words):
            return False
        if len(words) == 1:
            return len(words[0]) > 7 and street_word(words[0])
        return street_word(words[-1]) or (words[0] in _BEFORE)


_BEFORE = frozenset("""
    rue avenue boulevard chemin impasse allée place calle avenida avda plaza paseo camino carretera via viale piazza corso largo vicolo
    rua praça alameda travessa estrada rodovia ulica ulitsa
""".split())  # fmt: skip
