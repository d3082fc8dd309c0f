"""Are these words the name of a person? By lists of names of many countries, and by how names are built where the lists end."""

from __future__ import annotations

import re
from functools import lru_cache

from engine.profiling.terms import load

PARTICLES = frozenset("""
    von van der den de del della di da dos das do du la le les el al bin ibn ben ter ten zu zur vom y e af av st saint abu mac
    mc o'
""".split())  # fmt: skip
TITLES = frozenset("""
    mr mrs ms miss mx dr prof professor sir lady lord rev hon capt col maj lt sgt md phd jr sr ii iii iv esq dds cpa rn herr
    frau fräulein dipl-ing mag med jur phil nat m mme mlle me sra srta señor señora don doña sig sig.ra signor signora dott
    dott.ssa ing avv dhr mevr mw drs ir dra
""".split())  # fmt: skip
_BUILT = re.compile(
    r"(?:mc|mac|o'|o’|fitz|d'|d’|al-|el-)\w{3,}|\w{2,}(?:son|sen|sson|dóttir|mann|stein|berg|burg|baum|feld|meier|meyer|ski|sky|ska|wicz|"
    r"czyk|enko|chuk|ova|eva|ov|ev|vić|vic|ić|idis|opoulos|akis|yan|ian|shvili|dze|nen|oğlu|oglu|ez|inho|elli|etti|ucci|escu|worth|"
    r"ström|strom|gren|qvist|quist|hansen|stad|vold|gaard|sma|stra)"
)
_ENDING = re.compile(r"(?<=\w\w\w)\d{1,4}$")
_COMMON = frozenset("""
    northern southern eastern western central unknown none other test
    the of and for with in on at to from by or is my your a an no not new all big red blue green black white gold silver free
    best great love day night time life world man men women live song songs music dance home house street road city town
    center centre station park north south east west upper lower old high low inc llc ltd gmbh ag corp co company group
    international services systems und der die das den dem ein eine mit für auf von zu im am et les des une dans pour sur los
    las un una con para por il lo gli dei degli het een voor met os as um uma com sem set pack kit box bottle bag size large
    small medium pro plus mini super january february march july september october november december monday tuesday wednesday
    thursday friday saturday sunday north-south
""".split())  # fmt: skip
"""Words of titles, products and places: one of them, and it is hardly a person's name."""


@lru_cache(maxsize=20_000)
def first_name(word: str) -> bool:
    """Is every part of it in the list? Digits at its end are left out: so synthetic people are told apart."""
    word = _ENDING.sub("", word)
    known = load("first_name")
    return word in known or (len(word) > 3 and "-" in word and all(part in known for part in word.split("-")))


@lru_cache(maxsize=20_000)
def last_name(word: str) -> bool:
    """In the list, in parts, or built as surnames are."""
    word = _ENDING.sub("", word).replace("’", "'")
    known = load("last_name")
    if word in known or ("-" in word and all(part in known for part in word.split("-"))):
        return True
    return _BUILT.fullmatch(word) is not None


def initial(word: str) -> bool:
    return len(word) == 1 and word.isalpha()


def common(words: list[str]) -> bool:
    """Holds a word that names do without."""
    return not _COMMON.isdisjoint(words)


def letters_only(words: list[str]) -> bool:
    return all(
        word[:1].isalpha() and _ENDING.sub("", word).replace("-", "").replace("'", "").replace("’", "").isalpha()
        for word in words
    )


def full_name(words: list[str]) -> bool:
    """`First [M] [particle] Last`, `Last, First`: two to five words without titles, one known as a name where it stands."""
    if "," in words:
        place = words.index(",")
        words = (
            words[place + 1 :] + words[:place]
            if words[place + 1 :] and words[place + 1] not in TITLES
            else words[:place]
        )
    named = [word for word in words if word not in TITLES]
    if not 2 <= len(named) <= 5 or common(named) or not letters_only(named):
        return False
    given, family = named[0], named[-1]
    if initial(family):
        return len(named) == 2 and first_name(given)
    if initial(given):
        return last_name(family)
    return (first_name(given) and (last_name(family) or len(named) > 2 or family not in PARTICLES)) or (
        last_name(given) and first_name(family) and len(named) == 2
    )
