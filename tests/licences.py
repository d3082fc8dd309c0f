"""`python -m tests.licences`: write docs/licences.md from what the installed packages say of themselves."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from importlib.metadata import Distribution, PackageNotFoundError, distribution
from pathlib import Path
from tomllib import loads

from packaging.requirements import Requirement

ROOT = Path(__file__).parents[1]
PAGE = ROOT / "docs" / "licences.md"
FREE = re.compile(
    r"\b(MIT|MIT-0|MIT-CMU|BSD|0BSD|Apache|Apache-2\.0|ISC|ISCL|PSF-2\.0|Zlib|CC0-1\.0|UPL-1\.0|CNRI-Python|BSD-[23]-Clause)\b"
)
SHARED_BY_FILE = re.compile(r"\b(MPL-2\.0|MPL 2\.0)\b")
REPLACEABLE = re.compile(r"\b(LGPL\S*|GNU LESSER GENERAL PUBLIC LICENSE|GNU Lesser General Public License)", re.I)
FORBIDDEN = re.compile(r"\b(AGPL\S*|BUSL\S*|Business Source|SSPL\S*|GPL\S*|GNU (AFFERO )?GENERAL PUBLIC LICENSE)", re.I)

_HEAD = """\
# Licences of what Lookalike needs

Lookalike is under Apache-2.0. It ships nothing of others: `pip` installs each package below as a wheel of its own, and each can be
replaced by another build of it. The list is made by `python -m tests.licences` from what the packages say of themselves; a test
fails when one of them comes under the GPL, the AGPL, the Business Source License, or a licence it does not know.

## Drivers

| For | Driver | Licence | Not used, and why |
|---|---|---|---|
| PostgreSQL | adbc-driver-postgresql (read), psycopg (all else) | Apache-2.0, LGPL-3.0 | |
| MySQL, MariaDB | PyMySQL | MIT | mysqlclient and mysql-connector-python: GPL-2.0 |
| SQLite | Python's own | PSF-2.0 | |
| Oracle | oracledb | UPL-1.0 or Apache-2.0 | |
| SQL Server | pymssql | LGPL-2.1 | |

PyMySQL is written in Python: measured once, its cursor took 9.3 s for what mysqlclient gave in 3.1 s (500,000 people, one reader).
So rows do not pass through its cursor: the bytes of a result are cut into Arrow columns, and `LOAD DATA LOCAL` is given its file from
memory (`connectors/my_wire.py`). What a whole run costs beside the server's own SELECT and LOAD DATA, the bench
`tests/bench/clone_speed_mariadb.py` measures.

psycopg, pymssql and python-stdnum are under the LGPL. They are used unchanged through their public interfaces and are installed
beside Lookalike, so whoever has it may put another version in their place.

## Packages

"""


def page() -> str:
    """The whole page."""
    rows = [f"| {name} | {licence} |" for name, licence in sorted(licences().items())]
    return _HEAD + "\n".join(["| Package | Licence |", "|---|---|", *rows]) + "\n"


def licences() -> Mapping[str, str]:
    """The licence of every package that an installation with `synthesis` has, by the package's name."""
    return {name: licence(found) for name, found in _needed().items()}


def licence(package: Distribution) -> str:
    """What the package says of its licence: the expression, else the classifiers, else the first words of the text."""
    metadata = package.metadata
    if metadata.get("License-Expression"):
        return str(metadata["License-Expression"])
    classified = [line.rpartition(" :: ")[2] for line in metadata.get_all("Classifier") or [] if "License ::" in line]
    words = " ".join((metadata.get("License") or "").split()).partition(",")[0][:80]
    return ", ".join(classified) or words or "unknown"


def allowed(text: str) -> bool:
    """May Apache-2.0 software be given out that needs a package of this licence?"""
    lesser = REPLACEABLE.sub("", text)
    return not FORBIDDEN.search(lesser) and any(kind.search(text) for kind in (FREE, SHARED_BY_FILE, REPLACEABLE))


def _needed() -> Mapping[str, Distribution]:
    project = loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    wanted_of_users = [*project["dependencies"], *project["optional-dependencies"]["synthesis"]]
    waiting, found = list(map(Requirement, wanted_of_users)), dict[str, Distribution]()
    while waiting:
        wanted = waiting.pop()
        name = re.sub(r"[-_.]+", "-", wanted.name).lower()
        try:
            package = distribution(name)
        except PackageNotFoundError:
            continue  # for another system
        if name not in found or wanted.extras:
            found[name] = package
            waiting += _needs(package, wanted.extras)
    return found


def _needs(package: Distribution, extras: set[str]) -> Iterator[Requirement]:
    for text in package.requires or []:
        needed = Requirement(text)
        if needed.marker is None or any(needed.marker.evaluate({"extra": extra}) for extra in extras or {""}):
            yield needed


if __name__ == "__main__":
    PAGE.write_text(page(), encoding="utf-8")
