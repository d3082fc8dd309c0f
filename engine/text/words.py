"""What single words are: names of people, towns, countries, or ordinary words."""

from __future__ import annotations

from functools import cache

from engine.masking import lists
from engine.profiling import terms
from engine.text.language import FUNCTION_WORDS

ORDINARY = frozenset("""
    will may april june august grace hope faith joy rose mark bill art grant frank chase sunny summer autumn dawn eve rich pat sue
    rob drew miles ray lane dale glen cliff wade reed heath max guy jack ted van gay sky star angel christian royal an le la in so
    my see no do bo man can more brooks young major king prince duke earl dean judge love sage ivy holly iris ruby pearl amber
    crystal jade penny daisy lily violet olive ginger sandy stormy destiny harmony melody carol noel easter season early long
    price case page story post field little precious treasure special justice honor liberty german paris london boston dallas
    austin houston sydney madison charlotte jackson florence israel kenya chelsea india nice reading mobile bath wash hill park
    lake river mount
    """.split())  # fmt: skip
"""Names of people and towns that are words too: alone they say nothing."""
BEGINNERS = frozenset("""
    a hello hi hey dear please thanks thank yes ok okay sorry well good best great new old big next last first second other same
    today tomorrow yesterday now then here there why what when where who how which whose can could would should shall must might
    do does did is are was were have has had not never always often maybe perhaps also just only very really still already again
    once ask asked call called order orders account card bank credit number name names address phone email mail date birth note
    notes customer client patient user users bot agent staff team manager director doctor nurse teacher student driver company
    office department service support product products payment invoice contract delivery shipment return refund title song songs
    band album film movie book story game club show monday tuesday wednesday thursday friday saturday sunday january february
    march july september october november december producer singer author actor actress artist founder president minister senator
    governor professor captain general sergeant god devil capitalized words internet web website one oh meet follow unfortunately
    don't answer let i
    """.split())  # fmt: skip
"""Words that begin sentences, labels and lists: never part of a name."""
ACRONYMS = frozenset("""
    ssn iban pin atm asap pdf id ids url html sql tv usb cd dvd gps vat vip faq ceo cfo cto hr it pr dob tel fax ext po box apt
    ste usd eur gbp chf am pm ok rsvp n/a na tbd tbc eta diy aka etc bic swift cvv otp sms mms api ip dns http https www no nr nan
    null apo fpo dpo psc cc bcc
    """.split())  # fmt: skip
"""What a model takes for organisations and is none."""


@cache
def first_names() -> frozenset[str]:
    return terms.load("first_name") | common_first_names()


@cache
def common_first_names() -> frozenset[str]:
    """Those that are frequent somewhere: few of them are words too."""
    return _listed("first_")


@cache
def last_names() -> frozenset[str]:
    return terms.load("last_name") | _listed("last.")


@cache
def towns() -> frozenset[str]:
    return terms.load("city")


@cache
def countries() -> frozenset[str]:
    return terms.load("country")


@cache
def states() -> frozenset[str]:
    return terms.load("state")


@cache
def nationalities() -> frozenset[str]:
    return terms.load("nationality")


@cache
def function_words() -> frozenset[str]:
    """Of all languages."""
    return frozenset().union(*FUNCTION_WORDS.values())


def ordinary(word: str) -> bool:
    """May it stand in any text, with a capital too?"""
    return word in ORDINARY or begins(word)


def begins(word: str) -> bool:
    """Is it a word that begins sentences, labels or lists?"""
    return word in BEGINNERS or word in function_words()


def _listed(prefix: str) -> frozenset[str]:
    files = [file.removesuffix(".txt") for file in lists.manifest()["lists"] if file.startswith(prefix)]
    return frozenset(name.lower() for file in files for name in lists.load(file).to_pylist())
