"""What patients own: addresses, log-ins, visits with diagnoses, prescriptions, refills and payments; and the staff who work there."""

from __future__ import annotations

import struct
import zlib

import numpy as np
from numpy.random import Generator
from numpy.typing import NDArray

from engine.demo import identifiers, words
from engine.demo.identifiers import Ints
from engine.demo.people import TODAY, Columns, Flags, emails, fold, optional, stamps, times

STAFF = 60


def staff(rng: Generator) -> Columns:
    """The heads of department first; everyone else reports to the head of the own department."""
    heads = len(words.DEPARTMENTS)
    number = np.arange(1, STAFF + 1)
    department = np.where(number <= heads, number, rng.integers(1, heads + 1, STAFF))
    first = np.where(rng.random(STAFF) < 0.6, rng.choice(words.FEMALE, STAFF), rng.choice(words.MALE, STAFF))
    last = rng.choice(words.LAST, STAFF, replace=False)
    job = np.where(number <= heads, "physician", rng.choice(words.JOBS, STAFF, p=(0.35, 0.35, 0.2, 0.1)))
    base = {"physician": 148_000, "nurse": 71_000, "assistant": 46_000, "technician": 58_000}
    years = rng.integers(0, 26, STAFF)
    salary = np.array([base[name] for name in job.tolist()]) * (1 + 0.012 * years) + rng.normal(0, 3_000, STAFF)
    return {
        "staff_id": number,
        "department_id": department,
        "manager_id": optional(department, number > heads),
        "full_name": identifiers.join(first, " ", last),
        "username": [f"{fold(a)[0]}{fold(b)}" for a, b in zip(first, last, strict=True)],
        "email": np.char.replace(emails(rng, first, last), "@", "@staff."),
        "job": job,
        "hired_on": np.datetime_as_string(TODAY - (years * 365 + rng.integers(0, 365, STAFF)).astype("timedelta64[D]")),
        "salary": np.round(salary, -2),
    }


def addresses(rng: Generator, people: Columns) -> Columns:
    """A home for everyone, shared by the household; a place of work for some."""
    count = len(people["_head"])
    lines = identifiers.join(
        rng.integers(1, 420, count).astype(str),
        " ",
        rng.choice(words.STREETS, count),
        " ",
        rng.choice(words.SUFFIXES, count),
    )
    ending = identifiers.digits(rng.integers(0, 100, count), 2)
    at_work = np.flatnonzero((people["_age"] > 20) & (people["_age"] < 66) & (rng.random(count) < 0.14))
    owner = np.concatenate([np.arange(count), at_work])
    where = np.concatenate([people["_head"], rng.integers(0, count, len(at_work))])
    city = [people["_cities"][place] for place in where]
    return {
        "address_id": np.arange(1, len(owner) + 1),
        "patient_id": owner + 1,
        "kind": np.where(np.arange(len(owner)) < count, "home", "work"),
        "street": lines[where],
        "city": [name for name, _, _ in city],
        "state": [state for _, state, _ in city],
        "postcode": identifiers.join(np.array([prefix for _, _, prefix in city]), ending[where]),
        "country": ["US"] * len(owner),
    }


def logins(rng: Generator, people: Columns, count: int) -> Columns:
    """Mostly the younger adults, again and again from the same line."""
    eager = np.where(
        np.array([mail is not None for mail in people["email"]]), 1 / (12 + np.abs(people["_age"] - 34)), 0
    )
    owner = np.sort(rng.choice(len(eager), count, p=eager / eager.sum()))
    line = identifiers.ip_addresses(rng, len(eager))
    away = identifiers.ip_addresses(rng, count)
    return {
        "login_id": np.arange(1, count + 1),
        "patient_id": owner + 1,
        "logged_in_at": stamps(times(rng, people["_registered"][owner].astype("datetime64[D]"), np.full(count, TODAY))),
        "ip_address": np.where(rng.random(count) < 0.8, line[owner], away),
        "succeeded": (rng.random(count) < 0.93).astype(int),
    }


def visits(rng: Generator, people: Columns, staff_columns: Columns) -> Columns:
    """The old and the smokers come more often; children see paediatrics; one visit in twelve has a note."""
    age = people["_age"]
    rate = np.interp(age, (0, 3, 15, 35, 60, 85), (2.3, 1.6, 0.8, 1.0, 1.8, 3.0)) * np.where(
        people["smoker"], 1.25, 1.0
    )
    owner = np.repeat(np.arange(len(age)), rng.poisson(rate * rng.gamma(2.0, 0.5, len(age))))
    count = len(owner)
    seen_by = rng.integers(1, STAFF + 1, count)
    paediatric = staff_columns["staff_id"][staff_columns["department_id"] == 2]
    seen_by = np.where((age[owner] < 15) & (rng.random(count) < 0.8), rng.choice(paediatric, count), seen_by)
    channel = np.where(rng.random(count) < 0.10 + 0.003 * np.clip(60 - age[owner], 0, 40), "video", "onsite")
    channel = np.where(rng.random(count) < 0.07, "phone", channel)
    minutes = np.clip(rng.gamma(6, 3.2, count) * np.where(channel == "onsite", 1.15, 0.7), 5, 120).astype(int)
    moment = times(rng, people["_registered"][owner].astype("datetime64[D]"), np.full(count, TODAY))
    return {
        "visit_id": np.arange(1, count + 1),
        "patient_id": owner + 1,
        "staff_id": seen_by,
        "visited_at": stamps(moment),
        "channel": channel,
        "minutes": minutes,
        "charge": np.round(28 + 2.4 * minutes + rng.exponential(18, count), 2),
        "note": _notes(rng, people, owner),
        "_owner": owner,
        "_moment": moment,
    }


def _notes(rng: Generator, people: Columns, owner: Ints) -> list[str | None]:
    first, last, gender = people["first_name"], people["last_name"], people["gender"]
    notes: list[str | None] = [None] * len(owner)
    for visit in np.flatnonzero(rng.random(len(owner)) < 0.085):
        person = owner[visit]
        complaint, advice = rng.choice(words.COMPLAINTS), rng.choice(words.ADVICE)
        phone, email = people["phone"][person] or "the ward phone", people["email"][person] or "the home address"
        title = {"F": "Mrs", "M": "Mr"}.get(str(gender[person]), "Mx")
        notes[visit] = (
            f"{title} {last[person]} reports {complaint}. Agreed: {advice}.",
            f"{first[person]} {last[person]} came with {complaint}; {advice}. Call back on {phone}.",
            f"Has had {complaint} since the last visit. {advice.capitalize()}.",
            f"{first[person]} asks that results go to {email}. Complains of {complaint}.",
        )[visit % 4]
    return notes


def diagnoses(rng: Generator, people: Columns, visit: Columns) -> Columns:
    """One or two per visit, by the age at which each is common; the pregnant are women and the hypertensive have pressure."""
    owner = visit["_owner"]
    age, systolic = people["_age"][owner][:, None], people["systolic"][owner][:, None]
    codes = np.array([entry[0] for entry in words.DIAGNOSES])
    common, peak, width = (np.array([entry[place] for entry in words.DIAGNOSES], dtype=float) for place in (3, 4, 5))
    weight = common * np.exp(-0.5 * ((age - peak) / width) ** 2) + 1e-4
    weight *= np.where(codes == "I10", np.clip((systolic - 105) / 25, 0.1, 3), 1.0)
    weight *= np.where(np.isin(codes, ("Z34.9", "C50.9")) & (people["gender"][owner] != "F")[:, None], 0, 1)
    # Gumbel's trick: the largest perturbed logarithm is a draw by weight, the second largest one without replacement.
    with np.errstate(divide="ignore"):
        ranked = np.argsort(-(np.log(weight) + rng.gumbel(size=weight.shape)), axis=1)
    second = np.flatnonzero(rng.random(len(owner)) < 0.22)
    rows = np.concatenate([np.arange(len(owner)), second])
    chosen = np.concatenate([ranked[:, 0], ranked[second, 1]])
    order = np.lexsort((chosen, rows))
    return {"visit_id": visit["visit_id"][rows[order]], "diagnosis_code": codes[chosen[order]]}


def prescriptions(rng: Generator, visit: Columns) -> Columns:
    """None to four lines a visit, the composite key of which refills refer to."""
    lines = rng.choice(5, len(visit["_owner"]), p=(0.47, 0.32, 0.14, 0.05, 0.02))
    of = np.repeat(np.arange(len(lines)), lines)
    starts = np.repeat(np.cumsum(lines) - lines, lines)
    popular = 1 / (np.arange(len(words.PRODUCTS)) + 3.0)
    return {
        "visit_id": visit["visit_id"][of],
        "line": np.arange(len(of)) - starts + 1,
        "product_id": rng.choice(len(popular), len(of), p=popular / popular.sum()) + 1,
        "quantity": rng.choice((1, 2, 3, 6), len(of), p=(0.55, 0.25, 0.15, 0.05)),
        "_moment": visit["_moment"][of],
    }


def refills(rng: Generator, items: Columns) -> Columns:
    """Every fourth line is dispensed again some weeks later."""
    again = np.flatnonzero(rng.random(len(items["line"])) < 0.25)
    later = rng.integers(20, 90, len(again)).astype("timedelta64[D]")
    return {
        "refill_id": np.arange(1, len(again) + 1),
        "visit_id": items["visit_id"][again],
        "line": items["line"][again],
        "dispensed_on": np.datetime_as_string(items["_moment"][again].astype("datetime64[D]") + later),
    }


def payments(rng: Generator, visit: Columns) -> Columns:
    """Four visits in five are paid by the patient, in part; the same person mostly by the same card."""
    paid = np.flatnonzero(rng.random(len(visit["charge"])) < 0.8)
    owner = visit["_owner"][paid]
    people = int(visit["_owner"].max()) + 1
    method = np.where(
        rng.random(len(paid)) < 0.9,
        rng.choice(("card", "transfer", "cash"), people, p=(0.68, 0.2, 0.12))[owner],
        "card",
    )
    share = rng.choice((0.2, 0.5, 1.0), len(paid), p=(0.6, 0.25, 0.15))
    return {
        "payment_id": np.arange(1, len(paid) + 1),
        "visit_id": visit["visit_id"][paid],
        "method": method,
        "card_number": optional(identifiers.card_numbers(rng, people)[owner], method == "card"),
        "iban": optional(identifiers.ibans(rng, people)[owner], method == "transfer"),
        "amount": np.round(visit["charge"][paid] * share, 2),
        "paid_at": stamps(visit["_moment"][paid] + rng.integers(0, 30 * 86_400, len(paid)).astype("timedelta64[s]")),
    }


def photos(rng: Generator, present: Flags, side: int = 24) -> list[bytes | None]:
    """A small mirrored pattern per person, as a PNG file."""
    images: list[bytes | None] = [None] * len(present)
    for person in np.flatnonzero(present):
        half = rng.integers(0, 2, (side // 4, side // 8))
        pattern = np.kron(np.hstack([half, half[:, ::-1]]), np.ones((4, 4), dtype=int))
        colour = rng.integers(40, 200, 3)
        images[person] = _png(np.where(pattern[..., None] == 1, colour, 245).astype(np.uint8))
    return images


def _png(pixels: NDArray[np.uint8]) -> bytes:
    """ISO/IEC 15948: signature, IHDR (8 bit RGB), one IDAT (filter 0 before each line), IEND."""
    height, width, _ = pixels.shape
    lines = np.hstack([np.zeros((height, 1), np.uint8), pixels.reshape(height, width * 3)]).tobytes()
    header = struct.pack(">IIBBBBB", width, height, 8, 2, 0, 0, 0)
    parts = ((b"IHDR", header), (b"IDAT", zlib.compress(lines, 6)), (b"IEND", b""))
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data)) for kind, data in parts
    )
