"""A club in SQLite: 6 tables, 3 levels, every dependence written down here, so that what is lost on the way can be measured.

What a member is (`segment`) shows in its columns; numbers of children depend on the parent's columns, columns of children on their
parent's and grandparent's, a row on the sibling before it; children follow each other in time.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Mapping
from contextlib import closing
from pathlib import Path

import numpy as np
import numpy.typing as npt

MEMBERS = 20_000
UNIT = "member"
SCHEMA = """
create table member(
    id integer primary key, segment text not null check(segment in ('young', 'family', 'senior', 'corporate')),
    region text not null check(region in ('north', 'east', 'south', 'west', 'abroad')),
    age integer not null check(age between 16 and 95), fee decimal(7,2) not null, joined date not null
);
create table contract(
    id integer primary key, member_id integer not null references member(id),
    kind text not null check(kind in ('basic', 'plus', 'group', 'pool')),
    monthly decimal(7,2) not null, signed date not null
);
create table booking(
    id integer primary key, contract_id integer not null references contract(id),
    court text not null check(court in ('tennis', 'squash', 'swim', 'gym', 'hall')),
    minutes integer not null check(minutes between 15 and 240), at timestamp not null
);
create table visit(
    id integer primary key, member_id integer not null references member(id),
    purpose text not null check(purpose in ('sport', 'bar', 'course', 'meeting')), guests integer not null, at timestamp not null
);
create table purchase(
    id integer primary key, visit_id integer not null references visit(id),
    item text not null check(item in ('drink', 'meal', 'gear', 'lesson', 'room')), price decimal(7,2) not null
);
create table device(
    id integer primary key, member_id integer not null references member(id),
    system text not null check(system in ('android', 'ios', 'web')), version integer not null check(version between 1 and 12)
);
"""
Columns = Mapping[str, npt.NDArray[np.generic]]
_SEGMENTS, _REGIONS = ("young", "family", "senior", "corporate"), ("north", "east", "south", "west", "abroad")
_KINDS, _COURTS = ("basic", "plus", "group", "pool"), ("tennis", "squash", "swim", "gym", "hall")
_PURPOSES, _ITEMS = ("sport", "bar", "course", "meeting"), ("drink", "meal", "gear", "lesson", "room")
_SYSTEMS = ("android", "ios", "web")
_DAY = 86_400


def build(path: Path, members: int = MEMBERS, seed: int = 1) -> dict[str, int]:
    """Write a new SQLite file; rows of each table. Equal seeds give equal rows."""
    tables = rows(np.random.default_rng(seed), members)
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.executescript(SCHEMA)
        for name, columns in tables.items():
            listed = ", ".join(f'"{column}"' for column in columns)
            marks = ", ".join("?" * len(columns))
            values = zip(*(column.tolist() for column in columns.values()), strict=True)
            connection.executemany(f"insert into {name} ({listed}) values ({marks})", values)
    return {name: len(columns["id"]) for name, columns in tables.items()}


def rows(rng: np.random.Generator, members: int) -> dict[str, Columns]:
    """All columns of all tables."""
    segment = rng.choice(4, members, p=(0.35, 0.3, 0.2, 0.15))
    age = np.clip(rng.normal(np.array([23, 41, 70, 47])[segment], np.array([4, 6, 8, 9])[segment]), 16, 95).round()
    region = _leaning(rng, segment, 5, 0.75)
    fee = np.round(np.array([15.0, 40.0, 25.0, 90.0])[segment] * rng.lognormal(0, 0.2, members), 2)
    joined = (rng.beta(1.5, 4, members) * 2600 + np.array([1900, 1000, 0, 600])[segment]).astype(np.int64)
    contract = _contracts(rng, segment, region, fee, joined)
    visit = _visits(rng, segment, age, joined)
    device, _ = _below(rng, 0.3 + 1.8 * (age < 50), 4)
    return {
        "member": {
            "id": _ids(members), "segment": _named(_SEGMENTS, segment), "region": _named(_REGIONS, region),
            "age": age.astype(np.int64), "fee": fee, "joined": _dates(joined),
        },
        "contract": contract[0],
        "booking": _bookings(rng, *contract),
        "visit": visit[0],
        "purchase": _purchases(rng, *visit),
        "device": {
            "id": _ids(len(device)), "member_id": device + 1, "system": _named(_SYSTEMS, _leaning(rng, segment[device] % 3, 3, 0.8)),
            "version": np.clip(rng.normal(11 - age[device] / 10, 1.0), 1, 12).astype(np.int64),
        },
    }  # fmt: skip


def _contracts(rng: np.random.Generator, segment, region, fee, joined):  # type: ignore[no-untyped-def]
    """The table, and of each row its kind, its member's segment and the day it begins."""
    member, place = _below(rng, np.array([0.8, 2.2, 1.2, 3.5])[segment], 8)
    kind = _leaning(rng, (segment[member] + (region[member] == 4)) % 4, 4, 0.8)
    monthly = np.round(fee[member] * np.array([0.5, 1.0, 2.0, 4.0])[kind] * rng.lognormal(0, 0.15, len(member)), 2)
    signed = joined[member] + _running(rng.exponential(np.array([90, 400, 200, 60])[segment[member]]), place)
    table = {
        "id": _ids(len(member)), "member_id": member + 1, "kind": _named(_KINDS, kind), "monthly": monthly,
        "signed": _dates(signed),
    }  # fmt: skip
    return table, kind, segment[member], signed


def _bookings(rng: np.random.Generator, _, kind, segment, signed):  # type: ignore[no-untyped-def]
    contract, place = _below(rng, np.array([0.6, 2.5, 4.0, 6.0])[kind], 15)
    court = _sticky(rng, _leaning(rng, (kind + segment)[contract] % 5, 5, 0.85), place, 0.6)
    minutes = np.clip(rng.normal(30 + 30 * segment[contract] + 12 * court, 12), 15, 240).astype(np.int64)
    gaps = rng.exponential(np.array([30, 14, 7, 2])[kind[contract]] * _DAY)
    at = signed[contract] * _DAY + 3_600 * 8 + _running(gaps, place)
    return {
        "id": _ids(len(contract)), "contract_id": contract + 1, "court": _named(_COURTS, court), "minutes": minutes,
        "at": _moments(at),
    }  # fmt: skip


def _visits(rng: np.random.Generator, segment, age, joined):  # type: ignore[no-untyped-def]
    """The table, and of each row its purpose and its member's segment."""
    member, place = _below(rng, np.clip((80 - age) / 12, 0.3, 6), 10)
    purpose = _sticky(rng, _leaning(rng, segment[member], 4, 0.8), place, 0.4)
    guests = np.minimum(rng.poisson(np.array([0.2, 2.5, 0.8, 5.0])[segment[member]]), 12)
    at = joined[member] * _DAY + _running(rng.exponential(np.array([3, 10, 25, 40])[purpose] * _DAY), place)
    table = {
        "id": _ids(len(member)), "member_id": member + 1, "purpose": _named(_PURPOSES, purpose), "guests": guests,
        "at": _moments(at),
    }  # fmt: skip
    return table, purpose, segment[member]


def _purchases(rng: np.random.Generator, _, purpose, segment):  # type: ignore[no-untyped-def]
    visit, _ = _below(rng, np.array([0.4, 3.0, 1.0, 2.0])[purpose], 8)
    item = _leaning(rng, purpose[visit] + (segment[visit] == 3), 5, 0.8)
    price = np.round(np.array([4.0, 18.0, 45.0, 30.0, 120.0])[item] * np.array([0.7, 1, 1, 2])[segment[visit]], 2)
    price = np.round(price * rng.lognormal(0, 0.25, len(visit)), 2)
    return {"id": _ids(len(visit)), "visit_id": visit + 1, "item": _named(_ITEMS, item), "price": price}


def _below(rng: np.random.Generator, means, most: int):  # type: ignore[no-untyped-def]
    """Children of parents with these means: each one's parent, and its place among its siblings."""
    counts = np.minimum(rng.poisson(means), most)
    return np.repeat(np.arange(len(counts)), counts), np.arange(counts.sum()) - np.repeat(
        np.cumsum(counts) - counts, counts
    )


def _leaning(rng: np.random.Generator, towards, size: int, share: float):  # type: ignore[no-untyped-def]
    """A code for each row: the one it leans towards in this share of rows, else any."""
    return np.where(rng.random(len(towards)) < share, towards % size, rng.integers(0, size, len(towards)))


def _sticky(rng: np.random.Generator, codes, place, share: float):  # type: ignore[no-untyped-def]
    """Codes that stay those of the sibling before in this share of rows."""
    fresh = (place == 0) | (rng.random(len(codes)) >= share)
    return codes[np.maximum.accumulate(np.where(fresh, np.arange(len(codes)), 0))]


def _running(gaps, place):  # type: ignore[no-untyped-def]
    """The sum of each row's gap and those of the siblings before it."""
    summed = np.cumsum(gaps)
    begins = np.arange(len(gaps)) - place
    return (summed - summed[begins] + gaps[begins]).astype(np.int64)


def _ids(size: int) -> npt.NDArray[np.int64]:
    return np.arange(1, size + 1)


def _named(names, codes):  # type: ignore[no-untyped-def]
    return np.array(names)[codes]


def _dates(days):  # type: ignore[no-untyped-def]
    return (np.datetime64("2012-01-01") + days).astype("datetime64[D]").astype(str)


def _moments(seconds):  # type: ignore[no-untyped-def]
    return np.char.replace((np.datetime64("2012-01-01T00:00:00") + seconds).astype(str), "T", " ")
