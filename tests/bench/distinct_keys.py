"""Ten million distinct keys through each one-to-one mask: how many collide, whether another process agrees, what another key keeps.

    python -m tests.bench.distinct_keys [NAME ...] [--rows N] [--result FILE] [--more]

Every mask of the registry that says it is one-to-one is run, over the columns of `CASES` or, where none is made for it, over texts
of its kind. Each case is masked in three processes: one table; the same values in other batches of another table; another key.
The 128-bit hashes of all masked values (as the column's collation sees them) are sorted: a collision is counted, not sampled. With
names, only these masks are run, and their lines of the result file are replaced.
"""

from __future__ import annotations

import argparse
import json
import multiprocessing
import resource
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pyarrow as pa
import pyarrow.compute as pc

from connectors.arrow import DATES, carrier
from connectors.names import TableName
from connectors.schema import Column, Kind, Match
from engine.canonical import canonical, canonical_text
from engine.keys import MaskingKey
from engine.masking import make_masker, masker_class, registry
from engine.masking.base import Context, Subject
from engine.prf import Words, cmac
from tests.bench.report import write_result

ROWS = 10_000_000
KEYS = (MaskingKey("bench", bytes(range(32))), MaskingKey("other", bytes(range(1, 33))))
HASH = bytes(range(16))
Numbers = npt.NDArray[np.int64]


@dataclass(frozen=True)
class Case:
    """One mask over one column, and its distinct values by number."""

    label: str
    mask: str
    column: Column
    values: Callable[[Numbers], pa.Array]
    options: dict[str, object] = field(default_factory=dict)
    domain: float = float("inf")
    """How many values chance can choose from: another key then gives one value in so many again."""
    rows: int | None = None
    """All that there are, where that is less than was asked for."""


def padded(numbers: Numbers, width: int) -> pa.Array:
    return pc.utf8_lpad(pa.array(numbers).cast(pa.string()), width, "0")


def joined(*parts: str | pa.Array) -> pa.Array:
    return pc.binary_join_element_wise(*parts, "")


def _luhn(numbers: Numbers, stem: str) -> pa.Array:
    """Card numbers with a check digit, of 16 digits."""
    digits = np.array([[int(sign) for sign in stem]] * 1).repeat(len(numbers), 0)
    rest = numbers[:, None] // 10 ** np.arange(14 - len(stem), -1, -1) % 10
    whole = np.concatenate([digits, rest], axis=1)
    doubled = whole[:, ::-1].copy()
    doubled[:, ::2] *= 2
    check = -np.where(doubled > 9, doubled - 9, doubled).sum(axis=1) % 10
    return joined(stem, padded(numbers, 15 - len(stem)), pa.array(check).cast(pa.string()))


def _iban(numbers: Numbers) -> pa.Array:
    rest = (numbers % 97 * pow(10, 6, 97) + 131400) % 97
    return joined("DE", padded(98 - rest, 2), padded(numbers, 18))


def _octets(numbers: Numbers, width: int) -> pa.Array:
    wide = np.zeros((len(numbers), width), np.uint8)
    wide[:, width - 8 :] = numbers.astype(">i8").view(np.uint8).reshape(-1, 8)
    type_ = pa.binary(width)
    return pa.Array.from_buffers(type_, len(numbers), [None, pa.py_buffer(np.ascontiguousarray(wide))])


def _uuids(numbers: Numbers) -> pa.Array:
    raw = np.frombuffer(_octets(numbers, 16).buffers()[1], np.uint8).reshape(-1, 16).copy()
    raw[:, 6], raw[:, 8] = 0x40, 0x80
    return pa.Array.from_buffers(pa.binary(16), len(numbers), [None, pa.py_buffer(raw)])


def _letters(numbers: Numbers, width: int, first: int = ord("a"), radix: int = 26) -> pa.Array:
    codes = first + numbers[:, None] // radix ** np.arange(width - 1, -1, -1) % radix
    text = codes.astype("<u4").tobytes().decode("utf-32-le")
    octets = len(chr(first).encode())
    offsets = pa.py_buffer(np.arange(0, (len(numbers) + 1) * width * octets, width * octets, dtype=np.int32))
    return pa.StringArray.from_buffers(len(numbers), offsets, pa.py_buffer(text.encode()))


def _spread(numbers: Numbers, bits: int) -> npt.NDArray[np.uint64]:
    """Distinct numbers all over the range of so many bits."""
    odd = np.uint64(0x9E3779B97F4A7C15)
    return (numbers.astype(np.uint64) * odd) & np.uint64((1 << bits) - 1)


TEXT = Column("c", "text", Kind.TEXT)
NARROW = Column("c", "varchar(12)", Kind.TEXT, length=12, folds=frozenset(Match))


def _varchar(length: int) -> Column:
    return Column("c", f"varchar({length})", Kind.TEXT, length=length)


def _integer(native: str, bits: int, unsigned: bool = False) -> Column:
    return Column("c", native, Kind.INTEGER, precision=bits, unsigned=unsigned)


def _decimal(digits: int) -> Column:
    return Column("c", f"decimal({digits},0)", Kind.DECIMAL, precision=digits, scale=0)


def _dates(numbers: Numbers) -> pa.Array:
    return pa.array((numbers + DATES[0]).astype(np.int32), pa.int32()).cast(pa.date32())


def _moments(numbers: Numbers) -> pa.Array:
    return pa.array(numbers * 61_000_001, pa.int64()).cast(pa.timestamp("us"))


def _addresses(numbers: Numbers) -> pa.Array:
    parts = [pa.array(numbers // size % 256).cast(pa.string()) for size in (65_536, 256, 1)]
    return joined("10.", parts[0], ".", parts[1], ".", parts[2])


def _plates(numbers: Numbers) -> pa.Array:
    district, letters = _letters(numbers // 6_760_000, 2, ord("A")), _letters(numbers // 10_000 % 676, 2, ord("A"))
    return joined(district, "-", letters, " ", padded(numbers % 10_000, 4))


def _dotted(numbers: npt.NDArray[np.uint64]) -> pa.Array:
    octets = numbers.astype(np.uint32).astype(">u4").view(np.uint8).reshape(-1, 4)
    parts = [pa.array(octets[:, place]).cast(pa.string()) for place in range(4)]
    return pc.binary_join_element_wise(*parts, ".")


def _hexadecimal(numbers: npt.NDArray[np.uint64], width: int) -> pa.Array:
    numerals = (numbers[:, None] >> (4 * np.arange(width - 1, -1, -1, dtype=np.uint64))) & np.uint64(15)
    signs = np.frombuffer(b"0123456789abcdef", np.uint8)[numerals.astype(np.intp)]
    offsets = pa.py_buffer(np.arange(0, (len(numbers) + 1) * width, width, dtype=np.int32))
    return pa.StringArray.from_buffers(len(numbers), offsets, pa.py_buffer(np.ascontiguousarray(signs)))


def _every(low: int) -> Callable[[Numbers], pa.Array]:
    return lambda n: pa.array(n + low)


BAND = 3 << 29
CASES = [
    Case("int8, all", "pseudonym", _integer("tinyint", 8), _every(-128), domain=64, rows=1 << 8),
    Case("int16, all", "pseudonym", _integer("smallint", 16), _every(-(1 << 15)), domain=1 << 14, rows=1 << 16),
    Case("uint16, all", "pseudonym", _integer("smallint unsigned", 16, True), _every(0), domain=1 << 14, rows=1 << 16),
    Case("int32", "pseudonym", _integer("int", 32), lambda n: pa.array(n + 1), domain=BAND),
    Case("int32, both signs", "pseudonym", _integer("int", 32),
         lambda n: pa.array(_spread(n, 32).astype(np.uint32).view(np.int32).astype(np.int64)), domain=1 << 29),
    Case("int64", "pseudonym", _integer("bigint", 64), lambda n: pa.array(_spread(n, 64).view(np.int64))),
    Case("uint64", "pseudonym", _integer("bigint unsigned", 64, True), lambda n: pa.array(_spread(n, 64))),
    Case("decimal(18)", "pseudonym", _decimal(18), lambda n: pa.array(n * 99_999_999_977).cast(pa.decimal128(19, 0))),
    Case("text AB-12345-c", "pseudonym", TEXT,
         lambda n: joined(_letters(n // 2_600_000, 2, ord("A")), "-", padded(n // 26 % 100_000, 5), "-", _letters(n % 26, 1)),
         domain=26.0**3 * 1e5),
    Case("varchar(12) caseless", "pseudonym", NARROW, lambda n: joined("K", padded(n, 9)), domain=26e9),
    Case("text, letters and digits mixed", "pseudonym", TEXT,
         lambda n: pc.replace_substring_regex(joined("a1b2C3d4E5f6", padded(n, 8)), r"(\d)(\d)(\d)(\d)$", r"x\1Y\2z\3Q\4")),
    Case("text of 80 digits", "pseudonym", TEXT, lambda n: padded(n, 80)),
    Case("two letters, all", "pseudonym", TEXT, lambda n: _letters(n, 2), domain=26.0**2, rows=26**2),
    Case("Cyrillic letters", "pseudonym", TEXT, lambda n: _letters(n, 6, ord("а"), 32), domain=32.0**6),
    Case("uuid", "pseudonym", Column("c", "uuid", Kind.UUID), _uuids),
    Case("uuid as text", "pseudonym", _varchar(36),
         lambda n: joined(padded(n // 10_000, 8), "-", padded(n % 10_000, 4), "-4aaa-8bbb-0123456789ab")),
    Case("binary(8)", "pseudonym", Column("c", "binary(8)", Kind.BINARY, length=8), lambda n: _octets(n, 8).cast(pa.binary())),
    Case("date, all of the years 1 to 9999", "pseudonym", Column("c", "date", Kind.DATE), _dates, domain=73_049,
         rows=DATES[1] - DATES[0] + 1),
    Case("timestamp", "pseudonym", Column("c", "timestamp", Kind.TIMESTAMP), _moments),
    Case("double", "pseudonym", Column("c", "double", Kind.FLOAT), lambda n: pa.array(n * 1.1 + 0.5), domain=1 << 52),
    Case("inet", "pseudonym", Column("c", "inet", Kind.OTHER), _addresses, domain=2.0**32),
    Case("bit(24)", "pseudonym", Column("c", "bit(24)", Kind.BIT, length=24), lambda n: _letters(n, 24, ord("0"), 2), domain=1 << 24),
    Case("text", "token", TEXT, lambda n: joined("customer ", pa.array(n).cast(pa.string()))),
    Case("10 digits", "fpe", TEXT, lambda n: padded(n, 10), domain=1e10),
    Case("ABC-1234", "fpe", TEXT, lambda n: joined(_letters(n // 10_000, 3, ord("A")), "-", padded(n % 10_000, 4)),
         {"alphabet": "upper_digits"}, domain=36.0**7),
    Case("international", "phone", _varchar(30), lambda n: joined("+49 30 ", padded(n + 20_000_000, 8)), domain=1e7),
    Case("addresses", "email", _varchar(80), lambda n: joined("person.", pa.array(n).cast(pa.string()), "@mail.invalid")),
    Case("names", "username", _varchar(40), lambda n: joined("user", pa.array(n).cast(pa.string()))),
    Case("16 digits", "credit_card", _varchar(20), lambda n: _luhn(n, "400000"), domain=1e9),
    Case("German", "iban", _varchar(34), _iban, domain=1e18),
    Case("us_ssn", "national_id", TEXT, lambda n: padded(n * 89 + 1_001_001, 9), {"scheme": "us_ssn"}, domain=8.9e8),
    Case("gb_nhs", "national_id", TEXT, lambda n: padded(n * 899 + 1, 10), {"scheme": "gb_nhs"}, domain=1e10),
    Case("it_codicefiscale", "national_id", TEXT,
         lambda n: joined(_letters(n // 1000, 6, ord("A")), "80A10H", padded(n % 1000, 3), "X"), {"scheme": "it_codicefiscale"}),
    Case("German", "licence_plate", TEXT, _plates, {"country": "DE"}, domain=26.0**4 * 1e4),
    Case("17 signs", "vin", TEXT, lambda n: joined("1M8GDM9A0K", padded(n, 7))),
    Case("15 digits", "imei", TEXT, lambda n: padded(n * 99_999_989, 15), {"keep_model": False}, domain=1e14),
    Case("IPv4", "ip", TEXT, lambda n: _dotted(_spread(n, 32)), domain=2.0**32),
    Case("EUI-48", "mac", TEXT, lambda n: _hexadecimal(_spread(n, 48), 12), domain=2.0**46),
    Case("one host", "url", TEXT, lambda n: joined("https://shop.example/customer/", pa.array(n).cast(pa.string()))),
    Case("numbers", "within", _integer("int", 32), lambda n: pa.array(n), {"bounds": [0, 20_000_000, 40_000_000]}, domain=2e7),
]  # fmt: skip


def cases(names: list[str]) -> list[Case]:
    """Those made for a mask, and one of texts for a one-to-one mask of the registry that has none."""
    known = {case.mask for case in CASES}
    rest = [
        Case("texts", name, _varchar(40), lambda n: joined("K", padded(n, 9)))
        for name in registry()
        if masker_class(name).properties.bijective and name not in known | {"keep"}
    ]
    return [case for case in [*CASES, *rest] if not names or case.mask in names]


def hashes(case: Case, rows: int, key: MaskingKey, table: str, batch: int) -> Words:
    """The 128-bit hash of every masked value, in the order of the values' numbers; batches are masked last first."""
    masker = make_masker(case.mask, case.options)
    subject = Subject(TableName(table), case.column, unique=True)
    domain = masker.domain or "bench_key"
    found = np.empty((rows, 2), np.uint64)
    for first in reversed(range(0, rows, batch)):
        values = case.values(np.arange(first, min(first + batch, rows))).cast(carrier(case.column))
        context = Context((subject,), key.domain(domain), keys=key)
        image = masker.mask(pa.RecordBatch.from_arrays([values], names=["c"]), context).column(0)
        form = canonical(image)
        if pa.types.is_string(form.type):
            form = canonical_text(form, case.column.folds)
        found[first : first + len(values)] = cmac(HASH, form)
    return found


def collisions(found: Words) -> int:
    """Surplus values: 0 when all differ."""
    order = np.lexsort((found[:, 1], found[:, 0]))
    ordered = found[order]
    return int(np.all(ordered[1:] == ordered[:-1], axis=1).sum())


def worker(number: int, rows: int, run: int, names: list[str], path: str) -> None:
    """One process: 0 masks, 1 masks again elsewhere, 2 masks under another key; writes what it measured."""
    case, started = cases(names)[number], time.process_time()
    key, table, batch = (KEYS[run == 2], "a" if run == 0 else "b", 1_000_000 if run == 0 else 777_777)
    found = hashes(case, rows, key, table, batch)
    result: dict[str, object] = {"digest": sha256(found).hexdigest(), "cpu": time.process_time() - started}
    if run == 0:
        np.save(f"{path}.npy", found)
    if run == 2:
        before = np.load(f"{path}.npy", mmap_mode="r")
        result["equal"] = int(np.all(found == before, axis=1).sum())
    if run != 1:
        result["collisions"] = collisions(found)
    result["memory"] = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss >> 10
    Path(f"{path}.{run}.json").write_text(json.dumps(result))


def measure(number: int, case: Case, asked: int, names: list[str], folder: Path) -> dict[str, object]:
    rows = min(asked, case.rows or asked)
    path, found = str(folder / str(number)), []
    for run in range(3):
        process = multiprocessing.get_context("spawn").Process(target=worker, args=(number, rows, run, names, path))
        process.start()
        process.join()
        if process.exitcode:
            raise SystemExit(f"{case.mask}, {case.label}: the process failed")
        found.append(json.loads(Path(f"{path}.{run}.json").read_text()))
    for file in folder.iterdir():
        file.unlink()
    return {
        "keys": rows,
        "collisions": found[0]["collisions"] + found[2]["collisions"],
        "equal_in_another_process_and_table": found[0]["digest"] == found[1]["digest"],
        "equal_under_another_key": found[2]["equal"],
        "expected_by_chance": round(rows / case.domain, 1),
        "cpu_seconds": round(found[0]["cpu"], 1),
        "memory_mb": max(each["memory"] for each in found),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("names", nargs="*")
    parser.add_argument("--rows", type=int, default=ROWS)
    parser.add_argument("--result", type=Path)
    parser.add_argument("--more", action="store_true", help="only what the result file does not have yet")
    arguments = parser.parse_args()
    results: dict[str, object] = {}
    if (arguments.names or arguments.more) and arguments.result and arguments.result.exists():
        results = json.loads(arguments.result.read_text())["masks"]
    with tempfile.TemporaryDirectory(prefix="lookalike-keys-") as folder:
        for number, case in enumerate(cases(arguments.names)):
            label = f"{case.mask}, {case.label}"
            if arguments.more and label in results:
                continue
            results[label] = measure(number, case, arguments.rows, arguments.names, Path(folder))
            print(label, json.dumps(results[label]), flush=True)
            if arguments.result:
                write_result(arguments.result, "python -m tests.bench.distinct_keys", {"masks": results})


if __name__ == "__main__":
    main()
