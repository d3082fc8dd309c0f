"""Real places from the frozen list, chosen by a key: a town with its state and a postcode that begins as one of its own does."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from engine.masking import lists
from engine.masking.choose import canonical
from engine.masking.codes import fixed_text
from engine.prf import Words, to_range

UPPER = np.frombuffer(b"ABCDEFGHJKLMNPRSTVWXYZ", np.uint8)
BRITISH = np.frombuffer(b"ABDEFGHJLNPQRSTUWXYZ", np.uint8)
"""Letters of the second half of a British postcode."""
ALPHABETS = {ord("#"): np.arange(48, 58, dtype=np.uint8), ord("@"): BRITISH, ord("^"): UPPER}
"""What stands for what in a pattern."""
OTHER_NAMES = {
    "usa": "US", "u.s.a.": "US", "u.s.": "US", "united states of america": "US", "america": "US", "estados unidos": "US",
    "états-unis": "US", "vereinigte staaten": "US", "uk": "GB", "u.k.": "GB", "great britain": "GB", "england": "GB",
    "scotland": "GB", "wales": "GB", "northern ireland": "GB", "deutschland": "DE", "allemagne": "DE", "alemania": "DE",
    "españa": "ES", "espagne": "ES", "spanien": "ES", "italia": "IT", "italien": "IT", "frankreich": "FR", "francia": "FR",
    "nederland": "NL", "holland": "NL", "the netherlands": "NL", "niederlande": "NL", "polska": "PL", "polen": "PL",
    "brasil": "BR", "brasilien": "BR", "österreich": "AT", "schweiz": "CH", "suisse": "CH", "svizzera": "CH", "belgië": "BE",
    "belgique": "BE", "danmark": "DK", "sverige": "SE", "norge": "NO", "suomi": "FI", "česko": "CZ", "czech republic": "CZ",
    "türkiye": "TR", "turkey": "TR", "russian federation": "RU", "korea": "KR", "republic of korea": "KR", "viet nam": "VN",
    "méxico": "MX", "éire": "IE", "republic of ireland": "IE", "magyarország": "HU", "românia": "RO", "holy see": "VA",
    "the democratic republic of the congo": "CD", "côte d'ivoire": "CI", "swaziland": "SZ", "macedonia": "MK", "yugoslavia": "RS",
}  # fmt: skip
"""Names of countries that the list has under another one."""


@dataclass(frozen=True)
class Places:
    """The places of one country, row by row."""

    state: pa.Array
    code: pa.Array
    city: pa.Array
    postcode: pa.Array
    """With # for a digit, @ for a British letter, ^ for a letter; empty where not known."""

    def __len__(self) -> int:
        return len(self.city)


@cache
def places_of(country: str) -> Places:
    """The places of a country by its two letters; those of the United States for one without any."""
    table = lists.table("place")
    found = table.filter(pc.equal(table["country"], country))
    if not len(found):
        return places_of("US")
    return Places(*(found[name].combine_chunks() for name in ("state", "code", "city", "postcode")))


@cache
def cities_of(country: str) -> pa.Array:
    """Each town of a country once."""
    return pc.unique(places_of(country).city)


def country_of_locale(locale: str) -> str:
    return locale.partition("_")[2]


def countries(texts: pa.Array, otherwise: str) -> list[str]:
    """The two letters of each country, however it is written; `otherwise` for what is not one. A loop over distinct values."""
    known = _known_countries()
    return [known.get(text or "", otherwise) for text in canonical(texts).to_pylist()]


@cache
def _known_countries() -> dict[str, str]:
    table = lists.table("country").to_pydict()
    known = dict(OTHER_NAMES)
    for form in ("name", "alpha3", "alpha2"):
        known |= {text.lower(): alpha2 for text, alpha2 in zip(table[form], table["alpha2"], strict=True)}
    return known


def fill_postcodes(patterns: pa.Array, words: Words) -> pa.Array:
    """The patterns with their places filled by the words. Works per length and places to fill, of which a country has few."""
    encoded = patterns.dictionary_encode()
    texts = [pattern.encode() for pattern in encoded.dictionary.to_pylist()]
    kinds: dict[tuple[int, ...], list[int]] = {}
    for index, pattern in enumerate(texts):
        kinds.setdefault(tuple(octet if octet in ALPHABETS else 0 for octet in pattern), []).append(index)
    codes, parts, rows = encoded.indices.to_numpy(), [], []
    kind_of, place_in = np.empty(len(texts), np.int64), np.empty(len(texts), np.int64)
    for number, members in enumerate(kinds.values()):
        kind_of[members], place_in[members] = number, np.arange(len(members))
    for number, (places, members) in enumerate(kinds.items()):
        rows.append(np.flatnonzero(kind_of[codes] == number))
        listed = np.frombuffer(b"".join(texts[index] for index in members), np.uint8).reshape(len(members), len(places))
        parts.append(_filled(places, listed[place_in[codes[rows[-1]]]], words[rows[-1]]))
    back = np.argsort(np.concatenate([np.empty(0, np.int64), *rows]), kind="stable")
    return pa.concat_arrays([pa.array([], pa.string()), *parts]).take(pa.array(back))


def _filled(places: tuple[int, ...], octets: npt.NDArray[np.uint8], words: Words) -> pa.Array:
    for place, octet in enumerate(places):
        if octet:
            alphabet = ALPHABETS[octet]
            octets[:, place] = alphabet[_piece(words, place, len(alphabet))]
    return fixed_text(octets)


def _piece(words: Words, place: int, size: int) -> npt.NDArray[np.intp]:
    """A number below `size` from the bits of one place: 12 bits of each word per place."""
    word = words[:, 1] if place % 2 else words[:, 0]
    shifted = (word >> np.uint64(4 * (place // 2))) & np.uint64(0xFFFFFFFF)
    return to_range(shifted << np.uint64(32), size).astype(np.intp)
