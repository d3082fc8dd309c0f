"""Single tables that generators are compared on, as SQLite files, and what an officer may declare about them without looking.

Adult's ranges and categories are those of the census extract's own documentation (adult.names of the UCI repository).
"""

from __future__ import annotations

import sqlite3
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
import pyarrow.csv

ATTESTED = "the code book of the table"
_CATEGORIES = {
    "workclass": "?|Federal-gov|Local-gov|Never-worked|Private|Self-emp-inc|Self-emp-not-inc|State-gov|Without-pay",
    "education": "10th|11th|12th|1st-4th|5th-6th|7th-8th|9th|Assoc-acdm|Assoc-voc|Bachelors|Doctorate|HS-grad|Masters|Preschool|"
    "Prof-school|Some-college",
    "marital_status": "Divorced|Married-AF-spouse|Married-civ-spouse|Married-spouse-absent|Never-married|Separated|Widowed",
    "occupation": "?|Adm-clerical|Armed-Forces|Craft-repair|Exec-managerial|Farming-fishing|Handlers-cleaners|Machine-op-inspct|"
    "Other-service|Priv-house-serv|Prof-specialty|Protective-serv|Sales|Tech-support|Transport-moving",
    "relationship": "Husband|Not-in-family|Other-relative|Own-child|Unmarried|Wife",
    "race": "Amer-Indian-Eskimo|Asian-Pac-Islander|Black|Other|White",
    "sex": "Female|Male",
    "native_country": "?|Cambodia|Canada|China|Columbia|Cuba|Dominican-Republic|Ecuador|El-Salvador|England|France|Germany|Greece|"
    "Guatemala|Haiti|Holand-Netherlands|Honduras|Hong|Hungary|India|Iran|Ireland|Italy|Jamaica|Japan|Laos|Mexico|Nicaragua|"
    "Outlying-US(Guam-USVI-etc)|Peru|Philippines|Poland|Portugal|Puerto-Rico|Scotland|South|Taiwan|Thailand|Trinadad&Tobago|"
    "United-States|Vietnam|Yugoslavia",
    "income": "<=50K|>50K",
}


@dataclass(frozen=True, slots=True)
class Single:
    """One table, and which of its rows a generator may see."""

    name: str
    target: str
    positive: str
    train: int
    """The first rows; the others are for testing."""
    shuffled: bool = True
    without: tuple[str, ...] = ()
    ranges: dict[str, tuple[float, float]] = field(default_factory=dict)
    values: dict[str, tuple[str, ...]] = field(default_factory=dict)

    def rows(self, data: Path) -> tuple[pa.Table, pa.Table]:
        """Train and test rows."""
        (file,) = (data / self.name).glob("*.csv.gz")
        # Spellings such as "?" and "unknown" are values here, as the scores read them.
        convert = pyarrow.csv.ConvertOptions(strings_can_be_null=False)
        table = pyarrow.csv.read_csv(file, convert_options=convert).drop_columns(list(self.without))
        if self.shuffled:
            table = table.take(pa.array(np.random.default_rng(7).permutation(len(table))))
        return table.slice(0, self.train), table.slice(self.train)

    def declared(self, table: pa.Table, column: str) -> str:
        """The plan's words for a column whose domain the officer declares. What no code book says is read off all rows, which is
        honest only where a table is for tuning."""
        values: object
        if column in self.ranges or (
            column not in self.values and not pa.types.is_string(table.schema.field(column).type)
        ):
            bounds = pc.min_max(table[column]).as_py()
            low, high = self.ranges.get(column, (bounds["min"], bounds["max"]))
            return f'{{ learn = "range", low = {low}, high = {high}, attested = "{ATTESTED}" }}'
        values = self.values.get(column) or sorted(table[column].unique().to_pylist())
        listed = ", ".join(f'"{value}"' for value in values)  # type: ignore[attr-defined]
        return f'{{ learn = "values", values = [{listed}], attested = "{ATTESTED}" }}'


TABLES = {
    "adult": Single(
        "adult_census_labelled",
        "income",
        ">50K",
        32_561,
        shuffled=False,
        without=("fnlwgt",),
        ranges={
            "age": (17, 90),
            "education_num": (1, 16),
            "hours_per_week": (1, 99),
            "capital_gain": (0, 99_999),
            "capital_loss": (0, 4_500),
        },
        values={column: tuple(listed.split("|")) for column, listed in _CATEGORIES.items()},
    ),
    "bank_marketing": Single("bank_marketing", "y", "yes", 33_908),
    "creditcard_default": Single("creditcard_default", "has_default", "1", 22_500),
}


def to_sqlite(table: pa.Table, path: Path) -> None:
    """One table `person` with a key of its own."""
    kinds = ", ".join(f'"{field.name}" {_sql_type(field.type)} not null' for field in table.schema)
    marks = ", ".join("?" * (table.num_columns + 1))
    with sqlite3.connect(path) as connection:
        connection.execute(f"create table person (id integer primary key, {kinds})")
        columns = [column.to_pylist() for column in table.columns]
        connection.executemany(
            f"insert into person values ({marks})", zip(range(1, len(table) + 1), *columns, strict=True)
        )


def from_sqlite(path: Path, columns: list[str]) -> pa.Table:
    """What was written, without the key."""
    named = ", ".join(f'"{column}"' for column in columns)
    with sqlite3.connect(path) as connection:
        rows = connection.execute(f"select {named} from person").fetchall()
    return pa.table({column: [row[place] for row in rows] for place, column in enumerate(columns)})


def _sql_type(kind: pa.DataType) -> str:
    if pa.types.is_integer(kind):
        return "integer"
    return "double" if pa.types.is_floating(kind) else "varchar(60)"
