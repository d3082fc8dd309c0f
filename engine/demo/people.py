"""Patients who hang together: age, gender, region, education, income, body and household depend on each other.

The order of drawing is the order of causes: household -> age -> gender -> region -> education -> income -> plan, body.
"""

from __future__ import annotations

import json
import unicodedata
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.demo import identifiers, words
from engine.demo.identifiers import Ints, Texts

TODAY = np.datetime64("2026-06-30")
Floats = NDArray[np.float64]
Flags = NDArray[np.bool_]
Columns = dict[str, Any]


@dataclass(frozen=True)
class Households:
    """Who lives with whom. `head` is the place of the household's first adult among the people."""

    number: Ints
    place: Ints
    partner: Flags
    child: Flags
    age: Ints
    head: Ints


def households(rng: Generator, people: int) -> Households:
    """One or two adults of similar age, children a generation younger."""
    head_age = np.clip(rng.choice((31, 47, 71), people, p=(0.38, 0.37, 0.25)) + rng.normal(0, 9, people), 18, 99)
    couple = rng.random(people) < np.where(head_age < 26, 0.25, 0.55)
    children = rng.poisson(np.where(head_age < 58, 0.75, 0.02))
    sizes = 1 + couple + children
    number = np.repeat(np.arange(people), sizes)[:people]
    starts = np.concatenate([[0], np.cumsum(sizes)])[:people]
    place = np.arange(people) - starts[number]
    partner = (place == 1) & couple[number]
    child = (place > 0) & ~partner
    age = head_age[number] + np.where(partner, rng.normal(-1, 4, people), 0)
    age = np.where(partner, np.maximum(age, 18), age)
    age = np.where(child, np.clip(head_age[number] - rng.normal(30, 5, people), 0, 24), age)
    return Households(number, place, partner, child, age.astype(np.int64), starts[number])


def genders(rng: Generator, home: Households) -> Texts:
    """More women among the old; couples are mostly of both genders; a few say neither."""
    female = rng.random(len(home.age)) < 0.5 + 0.15 * (home.age > 75)
    other = ~female[home.head]
    female = np.where(home.partner & (rng.random(len(home.age)) < 0.94), other, female)
    return np.where(rng.random(len(home.age)) < 0.006, "X", np.where(female, "F", "M"))


def first_names(rng: Generator, gender: Texts, age: Ints) -> Texts:
    """Names go out of fashion: the place in the list follows the year of birth."""
    female = np.where(gender == "X", rng.random(len(gender)) < 0.5, gender == "F")

    def drawn(names: Texts) -> Texts:
        place = (95 - age) / 95 * len(names) + rng.normal(0, len(names) / 9, len(age))
        chosen: Texts = names[np.clip(place, 0, len(names) - 1).astype(int)]
        return chosen

    return np.where(female, drawn(np.array(words.FEMALE)), drawn(np.array(words.MALE)))


def last_names(rng: Generator, home: Households) -> Texts:
    """One name per household, common ones more often; one partner in eight keeps another."""
    names = np.array(words.LAST)
    weights = 1 / (np.arange(len(names)) + 12.0)
    drawn = rng.choice(names, len(home.number), p=weights / weights.sum())
    own = home.partner & (rng.random(len(drawn)) < 0.12)
    return np.where(own, drawn, drawn[home.head])


def regions(rng: Generator, home: Households) -> Ints:
    """The place in `words.REGIONS`, one per household."""
    shares = np.array([region[3] for region in words.REGIONS])
    return rng.choice(len(shares), len(home.number), p=shares / shares.sum())[home.head]


def education(rng: Generator, age: Ints, region: Ints) -> Ints:
    """Level 0 to 4, -1 below 18: later generations and the towns have more of it."""
    urban = np.array([region[2] for region in words.REGIONS])[region]
    drive = rng.normal(0, 1.1, len(age)) + 0.55 * urban - 0.018 * np.maximum(age - 40, 0)
    level = np.digitize(drive, (-1.3, 0.0, 0.7, 1.6))
    return np.where(age < 18, -1, np.minimum(level, np.where(age < 23, 2, 4)))


def incomes(rng: Generator, age: Ints, gender: Texts, level: Ints, region: Ints) -> Floats:
    """Log-normal: rises with education, peaks near 50, halves after 66, differs by region and, sadly, by gender. NaN below 18."""
    factor = np.array([entry[4] for entry in words.REGIONS])[region]
    log = 10.05 + 0.27 * np.maximum(level, 0) - 0.00055 * (age - 50.0) ** 2 + np.log(factor)
    log += np.where(gender == "F", -0.08, 0.0) + np.where(age > 66, -0.25, 0.0) + rng.normal(0, 0.36, len(age))
    return np.where(age < 18, np.nan, np.round(np.exp(log), -2))


def plans(rng: Generator, age: Ints, income: Floats, children: Flags) -> Ints:
    """The place in `words.PLANS`; -1 for the uninsured, who are mostly poor."""
    basic, silver, gold, family, senior = range(5)
    wealth = np.nan_to_num(income, nan=40_000) * rng.lognormal(0, 0.3, len(age))
    plan = np.digitize(wealth, (16_000, 42_000, 90_000)) - 1
    plan = np.select([plan == 2, plan == 1, plan == 0], [gold, silver, basic], -1)
    plan = np.where(children & (plan >= 0) & (rng.random(len(age)) < 0.8), family, plan)
    return np.where((age >= 65) & (rng.random(len(age)) < 0.85), senior, plan)


def bodies(rng: Generator, age: Ints, gender: Texts, level: Ints) -> tuple[Ints, Floats, Ints, Flags]:
    """Height, weight, blood pressure and smoking: growth until 18, weight with age, pressure with weight and age."""
    grown = np.where(gender == "M", 177.5, 164.5) + rng.normal(0, 6.6, len(age)) - 0.05 * np.maximum(age - 50, 0)
    growth = np.interp(age, (0, 1, 4, 8, 12, 15, 18), (0.30, 0.43, 0.60, 0.75, 0.88, 0.97, 1.0))
    height = np.clip(grown * growth, 42, 215)
    index = np.interp(age, (0, 6, 18, 50, 70, 95), (16.3, 15.6, 21.5, 26.5, 26.8, 23.5)) * rng.lognormal(
        0, 0.13, len(age)
    )
    weight = index * (height / 100) ** 2
    pressure = 92 + 0.48 * age + 0.9 * (index - 22) + rng.normal(0, 9, len(age))
    smoker = (age > 15) & (rng.random(len(age)) < np.clip(0.30 - 0.05 * level - 0.002 * np.abs(age - 40), 0.02, 1))
    return height.astype(np.int64), np.round(weight, 1), np.clip(pressure, 70, 210).astype(np.int64), smoker


def fold(text: str) -> str:
    """Letters that fit an e-mail address: `Núñez` is `nunez`."""
    plain = unicodedata.normalize("NFKD", text.replace("ø", "o")).encode("ascii", "ignore").decode().lower()
    return "".join(letter for letter in plain if letter.isalnum())


def emails(rng: Generator, first: Texts, last: Texts) -> Texts:
    """`first.last@...`, made distinct by a number from the second bearer of a name on."""
    folded = {name: fold(name) for name in (*words.FEMALE, *words.MALE, *words.LAST)}
    local = np.array([f"{folded[a]}.{folded[b]}" for a, b in zip(first, last, strict=True)])
    _, group = np.unique(local, return_inverse=True)
    order = np.argsort(group, kind="stable")
    firsts = np.searchsorted(group[order], group[order])
    bearer = np.empty(len(local), dtype=np.int64)
    bearer[order] = np.arange(len(local)) - firsts
    suffix = np.where(bearer > 0, (bearer + 1).astype(str), "")
    return identifiers.join(local, suffix, "@", rng.choice(words.MAIL, len(local), p=(0.4, 0.25, 0.15, 0.12, 0.08)))


def optional(values: Any, present: Flags) -> list[Any]:
    """Python values with None where absent: what a driver binds."""
    return [
        value if there else None for value, there in zip(np.asarray(values).tolist(), present.tolist(), strict=True)
    ]


def times(
    rng: Generator, first_day: NDArray[np.datetime64], last_day: NDArray[np.datetime64]
) -> NDArray[np.datetime64]:
    """A moment of opening hours on a day between two days."""
    span = np.maximum((last_day - first_day).astype("timedelta64[D]").astype(int), 1)
    day = first_day + (rng.random(len(span)) * span).astype("timedelta64[D]")
    minute = np.clip(rng.normal(12.5 * 60, 150, len(span)), 8 * 60, 19 * 60).astype("timedelta64[m]")
    moment: NDArray[np.datetime64] = day.astype("datetime64[s]") + minute
    return moment


def stamps(moments: NDArray[np.datetime64]) -> Texts:
    """`2026-06-30 12:30:00`."""
    return np.char.replace(np.datetime_as_string(moments, unit="s"), "T", " ")


def patients(rng: Generator, count: int) -> Columns:
    """The column values of table `patient`, and beside them (names that begin with `_`) what other tables need to know."""
    home = households(rng, count)
    age, gender, region = home.age, genders(rng, home), regions(rng, home)
    level = education(rng, age, region)
    income = incomes(rng, age, gender, level, region)
    height, weight, systolic, smoker = bodies(rng, age, gender, level)
    first, last = first_names(rng, gender, age), last_names(rng, home)
    cities = _cities(rng, region, home)
    area_codes = np.array([words.AREA_CODES[state] for _, state, _ in cities])
    born = TODAY - (age * 365.2425 + rng.random(count) * 365).astype("timedelta64[D]")
    registered = times(rng, np.maximum(born, np.datetime64("2014-01-01")), np.full(count, TODAY))
    email, phone = emails(rng, first, last), identifiers.phones(rng, area_codes)
    reachable = (age >= 14) & (rng.random(count) < np.where(age > 72, 0.55, 0.93))
    number = np.arange(1, count + 1)
    plan = plans(rng, age, income, np.isin(np.arange(count), home.head[home.child]))
    plan = np.where(home.child & (age < 18), plan[home.head], plan)
    return {
        "patient_id": number,
        "first_name": first,
        "last_name": last,
        "gender": gender,
        "birth_date": np.datetime_as_string(born),
        "national_id": identifiers.national_ids(rng, count),
        "email": optional(email, reachable),
        "phone": optional(phone, (age >= 10) & (rng.random(count) < 0.96)),
        "region_code": np.array([entry[0] for entry in words.REGIONS])[region],
        "education": optional(np.array(words.EDUCATION)[level], level >= 0),
        "occupation": _occupations(rng, age, level),
        "income": optional(np.nan_to_num(income), ~np.isnan(income)),
        "plan_code": optional(np.array([entry[0] for entry in words.PLANS])[plan], plan >= 0),
        "smoker": smoker.astype(int),
        "height_cm": height,
        "weight_kg": weight,
        "systolic": systolic,
        "guardian_id": optional(number[home.head], home.child & (age < 18)),
        "referred_by": optional(rng.integers(1, np.maximum(number, 2)), (rng.random(count) < 0.18) & (number > 1)),
        "registered_at": stamps(registered),
        "preferences": _preferences(rng, home, first, last, email, phone, reachable),
        "remarks": _remarks(rng, first, last, phone),
        "_age": age,
        "_head": home.head,
        "_cities": cities,
        "_registered": registered,
    }


def _cities(rng: Generator, region: Ints, home: Households) -> list[tuple[str, str, str]]:
    choices = [words.CITIES[entry[0]] for entry in words.REGIONS]
    drawn = rng.integers(0, 1_000, len(region))[home.head]
    return [choices[place][number % len(choices[place])] for place, number in zip(region, drawn, strict=True)]


def _occupations(rng: Generator, age: Ints, level: Ints) -> list[str | None]:
    drawn = rng.integers(0, 1_000, len(age))
    working = (age >= 18) & (rng.random(len(age)) < np.where(age < 24, 0.6, 0.93))
    named = [words.OCCUPATIONS[words.EDUCATION[max(place, 0)]] for place in level]
    names = np.array([options[number % len(options)] for options, number in zip(named, drawn, strict=True)])
    return optional(np.where(age > 66, "retired", names), working | (age > 66))


def _preferences(
    rng: Generator, home: Households, first: Texts, last: Texts, email: Texts, phone: Texts, reachable: Flags
) -> list[str | None]:
    """A JSON document for two in three: language, newsletter, how to reach the person and whom to call in an emergency."""
    language = rng.choice(("en", "es", "fr", "pt"), len(first), p=(0.84, 0.09, 0.04, 0.03))
    other = np.where(home.child | home.partner, home.head, rng.integers(0, len(first), len(first)))
    known = rng.random(len(first)) < 0.66
    documents: list[str | None] = [None] * len(first)
    for person in np.flatnonzero(known):
        contact = {"email": str(email[person])} if reachable[person] else {}
        documents[person] = json.dumps({
            "language": str(language[person]),
            "newsletter": bool(person % 3 == 0),
            "contact": contact,
            "emergency": {
                "name": f"{first[other[person]]} {last[other[person]]}",
                "relation": "family" if home.child[person] or home.partner[person] else "friend",
                "phone": str(phone[other[person]]),
            },
        }, ensure_ascii=False)  # fmt: skip
    return documents


def _remarks(rng: Generator, first: Texts, last: Texts, phone: Texts) -> list[str | None]:
    """What the front desk typed about one in twenty-five."""
    remarks: list[str | None] = [None] * len(first)
    for person in np.flatnonzero(rng.random(len(first)) < 0.04):
        name = f"{first[person]} {last[person]}"
        remarks[person] = (
            f"{name} prefers to be called after 5 pm on {phone[person]}.",
            f"Please seat {first[person]} near the door. Speaks slowly.",
            f"Letters for {name} go to the work address.",
            f"{first[person]}'s neighbour brings the prescriptions.",
        )[person % 4]
    return remarks
