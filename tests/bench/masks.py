"""How many values a second each mask, and each measurement, handles on one core: over columns that repeat themselves as the clone
bench's do, and over columns of distinct values.

    python -m tests.bench.masks [NAME ...] [--rounds N] [--result FILE]

Batches of 65,536 rows, as they come from a reader; processor seconds of one thread, the best of some rounds.
"""

from __future__ import annotations

import argparse
import json
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.schema import Column, Kind
from engine.allocator import keep_freed_memory
from engine.checksums import Canon, canon_of, checksum
from engine.fpe import FF1
from engine.keys import MaskingKey
from engine.masking import make_masker, masker_class
from engine.masking.base import Context, Subject
from engine.record import Measuring, Watched, record_key
from tests.bench.report import write_result

BATCH = 65_536
BATCHES = 4
KEY = MaskingKey("bench", bytes(range(32)))
Values = Callable[[np.ndarray], pa.Array]  # type: ignore[type-arg]
FIRST = ("Ada", "Grace", "Alan", "Edsger", "Barbara", "Donald", "Linus", "Margaret")
LAST = ("Byron", "Hopper", "Turing", "Dijkstra", "Liskov", "Knuth", "Torvalds", "Hamilton")


_TEXT = Column("c", "varchar(80)", Kind.TEXT, length=80)
_DATE = Column("c", "date", Kind.DATE)
_STAMP = Column("c", "timestamptz", Kind.TIMESTAMPTZ)


@dataclass(frozen=True)
class Case:
    """One mask over one kind of column."""

    label: str
    mask: str
    values: Values
    options: dict[str, object] = field(default_factory=dict)
    column: Column = _TEXT


def joined(*parts: object) -> pa.Array:
    """Texts and columns of numbers as one column of texts."""
    texts = [part if isinstance(part, str) else pa.array(part).cast(pa.string()) for part in parts]
    return pc.binary_join_element_wise(*texts, "")


def padded(numbers: np.ndarray, width: int) -> pa.Array:  # type: ignore[type-arg]
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def some(words: tuple[str, ...], n: np.ndarray) -> pa.Array:  # type: ignore[type-arg]
    return pa.array(words).take(pa.array(n % len(words)))


def email(n: np.ndarray) -> pa.Array:  # type: ignore[type-arg]
    """As in the clone bench: distinct, every twentieth NULL."""
    return pc.if_else(pa.array(n % 20 > 0), joined("person", n, "@mail", n % 50, ".test"), None)


_STREETS = ("Long Street", "Church Road", "High Street", "Mill Lane", "Park Avenue", "Station Road")
CASES = (
    Case("first_name", "first_name", lambda n: joined(some(FIRST, n), n % 97)),
    Case("first_name, distinct", "first_name", lambda n: joined(some(FIRST, n), n)),
    Case("last_name", "last_name", lambda n: joined(some(LAST, n), n % 1009)),
    Case("last_name, distinct", "last_name", lambda n: joined(some(LAST, n), n)),
    Case("email, distinct", "email", email),
    Case("email, distinct, mixed case", "email", lambda n: joined(some(FIRST, n), ".", n, "@Mail", n % 50, ".test")),
    Case("username, distinct", "username", lambda n: joined(some(FIRST, n), ".", n)),
    Case("phone", "phone", lambda n: joined("+1 202 55", padded(n % 100_000, 5))),
    Case("phone, distinct", "phone", lambda n: joined("+1 (", 212 + n % 7, ") ", 200 + n % 751, "-", padded(n % 10_000, 4))),
    Case("phone, German, distinct", "phone", lambda n: joined("0", some(("171", "30", "89"), n), "/", 20_000_000 + n),
        {"region": "DE"}),
    Case("phone, eight writings", "phone", lambda n: joined(
        some(("+1 ", "1-", "001 ", "", "(", "+44 20 ", "+49 171 ", "tel "), n), 202 + n % 11, some((" ", ") ", "."), n),
        200 + n % 753, "-", padded(n % 10_000, 4))),
    Case("street", "street", lambda n: joined(n % 300, " Long Street")),
    Case("street, distinct", "street", lambda n: joined(n, " ", some(_STREETS, n))),
    Case("full_name, distinct", "full_name", lambda n: joined(some(FIRST, n), n % 97, " ", some(LAST, n), n % 9973)),
    Case("company, distinct", "company", lambda n: joined(some(LAST, n), " ", n, some((" Ltd", " GmbH", " & Sons"), n))),
    Case("city", "city", lambda n: joined("Town ", n % 5000)),
    Case("postcode", "postcode", lambda n: padded(n % 100_000, 5)),
    Case("postcode, distinct", "postcode", lambda n: joined(padded(n % 100_000, 5), "-", padded(n // 10 % 10_000, 4))),
    Case("date_shift", "date_shift", lambda n: pa.array((n * 37 % 25_000 - 10_957).astype(np.int32)).cast(pa.date32()), {}, _DATE),
    Case("date_shift, timestamps", "date_shift", lambda n: pa.array(n * 60_000_000).cast(pa.timestamp("us", "UTC")), {}, _STAMP),
    Case("date_band", "date_band", lambda n: pa.array((n * 37 % 25_000 - 10_957).astype(np.int32)).cast(pa.date32()), {}, _DATE),
    Case("fpe, 10 digits, distinct", "fpe", lambda n: padded(n * 7_919 % 10_000_000_000, 10)),
    Case("fpe, 8 letters and digits, distinct", "fpe", lambda n: joined("AB", padded(n, 6)), {"alphabet": "upper_digits"}),
    Case("credit_card, distinct", "credit_card", lambda n: joined(
        "4111 11", padded(n % 100, 2), " ", padded(n // 100 % 10_000, 4), " 1234")),
    Case("regex_template, distinct", "regex_template", lambda n: joined("AB-", padded(n, 6)), {"template": r"[A-Z]{2}-\d{6}"}),
)  # fmt: skip


def octets(width: int) -> Values:
    """Wire values of one width, all distinct."""

    def make(n: np.ndarray) -> pa.Array:  # type: ignore[type-arg]
        words = np.stack([n * 0x61C88647, n], axis=1).astype(">u8")
        data = np.ascontiguousarray(words.view(np.uint8).reshape(-1, 16)[:, -width:])
        offsets = np.arange(len(n) + 1, dtype=np.int32) * width
        return pa.BinaryArray.from_buffers(pa.binary(), len(n), [None, pa.py_buffer(offsets), pa.py_buffer(data)])

    return make


def jsonb(n: np.ndarray) -> pa.Array:  # type: ignore[type-arg]
    return joined('\x01{"plan": ', n % 5, ', "tags": ["a", "b"]}').cast(pa.binary())


WIRE: dict[str, Values] = {
    "kept, 8 bytes, distinct": octets(8),
    "kept, 4 bytes, distinct": octets(4),
    "kept, 16 bytes, distinct": octets(16),
    "kept, 10 bytes, 100,000 values": lambda n: octets(10)(n % 100_000),
    "kept, 8 bytes, 5,000 values": lambda n: octets(8)(n % 5000),
    "kept, three words": lambda n: some(("paid", "open", "returned"), n).cast(pa.binary()),
    "kept, documents": jsonb,
    "kept, 5 to 60 bytes, distinct": lambda n: pc.binary_join_element_wise(
        joined(n), pc.binary_repeat("x", pa.array(n % 55)), ""
    ).cast(pa.binary()),
}
PLAIN: dict[str, tuple[Column, Values]] = {
    "kept, texts, distinct": (Column("c", "text", Kind.TEXT), email),
    "kept, integers": (Column("c", "bigint", Kind.INTEGER), lambda n: pa.array(n)),
    "kept, floats": (Column("c", "float8", Kind.FLOAT), lambda n: pa.array(n * 0.37)),
    "kept, decimals": (
        Column("c", "numeric(12,2)", Kind.DECIMAL, precision=12, scale=2),
        lambda n: pa.array(n % 100_000).cast(pa.decimal128(21, 2)).cast(pa.decimal128(12, 2)),
    ),
}


def batches(values: Values) -> list[pa.Array]:
    return [values(np.arange(start * BATCH, (start + 1) * BATCH, dtype=np.int64) + 1) for start in range(BATCHES)]


def masks() -> Iterator[tuple[str, Callable[[], object]]]:
    """Each mask as a function without arguments that masks all its batches."""
    for case in CASES:
        masker, subject = make_masker(case.mask, case.options), Subject(TableName("person"), case.column)
        domain = KEY.domain(masker_class(case.mask).domain or "person_c")
        context = Context((subject,), domain, keys=KEY)
        made = [pa.RecordBatch.from_arrays([column], ["c"]) for column in batches(case.values)]
        yield case.label, lambda: [masker.mask(batch, context) for batch in made]  # noqa: B023 - called before the next
    numerals = np.random.default_rng(1).integers(0, 10, (BATCH * BATCHES, 10), np.uint8)
    ff1 = FF1(bytes(16), 10)
    yield "FF1, 10 digits", lambda: [ff1.encrypt(numerals[at : at + BATCH]) for at in range(0, len(numerals), BATCH)]


def measurements() -> Iterator[tuple[str, Callable[[], object]]]:
    """Checksums of kept columns, and sketches of masked ones beside what masking made of them."""
    key = record_key(KEY)
    for label, values in WIRE.items():
        made = batches(values)
        yield label, lambda: [checksum(key, column, Canon.WIRE) for column in made]  # noqa: B023
    for label, (about, values) in PLAIN.items():
        made = batches(values)
        yield label, lambda: [checksum(key, column, canon_of(about)) for column in made]  # noqa: B023
    for case in CASES:
        if case.mask in ("email", "first_name", "phone", "date_shift"):
            yield f"sketch: {case.label}", _sketching(case)


def _sketching(case: Case) -> Callable[[], object]:
    key, watched = record_key(KEY), (Watched(case.column, canon_of(case.column), kept=False),)
    made = [pa.RecordBatch.from_arrays([column], ["c"]) for column in batches(case.values)]
    masker, subject = make_masker(case.mask, case.options), Subject(TableName("person"), case.column)
    context = Context((subject,), KEY.domain(case.mask), keys=KEY)
    masked = [masker.mask(batch, context) for batch in made]

    def measure() -> object:
        measuring = Measuring(key, watched)
        for source, target in zip(made, masked, strict=True):
            measuring.observe(source, target)
        return measuring.measures()

    return measure


def rate(work: Callable[[], object], rounds: int) -> dict[str, float]:
    """Values a second of the best round, and its processor seconds for a million values."""
    work()
    best = min(_seconds(work) for _ in range(rounds))
    rows = BATCH * BATCHES
    return {"values_per_second": round(rows / best), "cpu_seconds_per_million": round(best / rows * 1e6, 3)}


def _seconds(work: Callable[[], object]) -> float:
    started = time.process_time()
    work()
    return time.process_time() - started


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*", help="only what begins so")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    pa.set_cpu_count(1)
    keep_freed_memory()
    measured: dict[str, object] = {}
    for kind, works in (("masks", masks()), ("measurements", measurements())):
        found = {}
        for label, work in works:
            if not arguments.names or label.startswith(tuple(arguments.names)):
                found[label] = rate(work, arguments.rounds)
                print(f"{label:40} {found[label]['values_per_second']:>12,}/s", flush=True)
        measured[kind] = found
    if arguments.result:
        command = "python -m tests.bench.masks " + " ".join(sys.argv[1:])
        write_result(arguments.result, command, {"rows": BATCH * BATCHES, "rounds": arguments.rounds} | measured)
    else:
        print(json.dumps(measured))


if __name__ == "__main__":
    main()
