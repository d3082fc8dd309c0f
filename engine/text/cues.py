"""What the words around a name say of it, in seven languages: "my name is", "lives in", "works at", "'s office"."""

from __future__ import annotations

import re

Cue = tuple[str, float, re.Pattern[str]]
"""For what, how much, and the words."""


def _before(entity: str, weight: float, phrases: str) -> Cue:
    return entity, weight, re.compile(rf"\b(?:{_either(phrases)})[\s\"'“„«(>:]*$", re.IGNORECASE)


def _after(entity: str, weight: float, phrases: str) -> Cue:
    return entity, weight, re.compile(rf"(?:{_either(phrases)})", re.IGNORECASE)


def _either(phrases: str) -> str:
    """Alternatives, one between two bars; those within a phrase have broken bars; lines are only for the eye."""
    parts = ("".join(part.split("\n        ")).strip() for part in phrases.split("|"))
    return "|".join(part.replace("¦", "|") for part in parts if part)


_KIN = "son¦daughter¦kid¦child¦wife¦husband¦mother¦father¦brother¦sister¦friend¦colleague¦boss¦partner¦aunt¦uncle"
BEFORE: tuple[Cue, ...] = (
    _before("person", 3.0, r"""
        name | name is | name was | name to | name: | named | named him | named her | calls? me | called me |
        calls? him | calls? her | I am | I['’]m | heiße | heißt | Name ist | m['’]appelle | s['’]appelle | me llamo |
        se llama | mi chiamo | si chiama | ik heet | naam is | meu nome é | chamo-me | se chama
        """),
    _before("person", 2.0, r"""
        said | says | asked | told | dear,? | hi,? | hello,? | hey,? | thanks,? | regards,? | sincerely,? | signed |
        contact | spoke to | spoke with | talk to | talked to | by | met | given | directed by | starring | singer |
        producer | author | actor | doctor | patient | customer | client | user | attn | guardian | early | under |
        follow up with | add | this is | liebe,? | lieber,? | sehr geehrter? | cher,? | chère,? | querid[oa],? |
        car[oa],? | beste,?
        """),
    _before("person", 1.5, rf"(?:my¦his¦her¦their¦our)\s(?:\w+\s)?(?:{_KIN})(?:['’]s)?(?:\sname)?"),
    _before("place", 2.0, r"""
        in | near | nach | grew up in | born in | lives? in | living in | lived in | located in | based in | visit |
        visited | visiting | arrived in | arrived at | travel to | travell?ing to | moved to | moved from |
        moved here from | coming to | flight to | city | town | capital | country | country of
        """),
    _before("place", 1.0, "from | to | at | aus | wohnt in | à | en | dans | nel | nella"),
    _before("organization", 2.0, r"""
        works? at | works? for | working at | working for | worked at | worked for | employed at | employed by |
        company | firm | employer | for | founder of | ceo of | shares of | office of | year at | became | bei der |
        chez
        """),
    _before("organization", 0.7, "at | from | by | the"),
)  # fmt: skip
AFTER: tuple[Cue, ...] = (
    _after("person", 2.0, r"""
        ,?\ssaid\b | ,?\ssays\b | ,?\sasked\b | ,?\stold\b | ,?\slives\b | ,?\swrote\b | ,?\scalled\b | ,?\swants\b |
        ,?\swanted\b | \swas\sborn\b | \shad\sgiven\b | \slisted\b | \swill\sbe\b | \spoints\sout\b | \sexplained\b |
        ,?\sPhD\b | ,?\sMD\b | ,?\sJr\b |
        ['’]s\s(?:daughter¦son¦wife¦husband¦mother¦father¦address¦phone¦account¦name¦birthday¦house¦friend)\b |
        ,\scan\s(?:I¦you)\b | \sfan\b
        """),
    _after("person", 2.0, r"\sis\sfrom\b | \sis\s(?:a\s)?very\b | \sis\smy\b | \sis\sour\b"),
    _after("person", 1.0, r"\sand\sI\b | \sis\b | \swas\b | \shas\b | \shad\b | ['’]s\b | ,$"),
    _after("organization", 2.5, r"""
        (?:['’]s)?\soffice\b | (?:['’]s)?\sshares\b | (?:['’]s)?\semployees\b | (?:['’]s)?\swebsite\b |
        (?:['’]s)?\scustomer\sservice\b | (?:['’]s)?\sannounced\b | (?:['’]s)?\sheadquarters\b | (?:['’]s)?\sstock\b |
        (?:['’]s)?\sproducts\b | (?:['’]s)?\steam\b | \sis\sthe\sbrainchild\b
        """),
    _after("place", 2.0, r"""
        (?-i:,?\s[A-Z]{2}\b) | ,?\s\d{4,5}\b | \s(?:was¦is)\s(?:super\s)?(?:fun¦beautiful¦nice)\sto\b | \sstreet\b |
        \sthey\b | \sthere\b
        """),
)  # fmt: skip
