"""What speaks for a key, in words; never a value."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator

from engine.profiling.keys.candidate import Candidate

_UNLIKELY = 1e-3


def evidence(candidate: Candidate) -> tuple[str, ...]:
    """Half sentences, what weighs most first."""
    return (*_values(candidate), *_name(candidate), *_joins(candidate), *_against(candidate))


def _values(candidate: Candidate) -> Iterator[str]:
    features, parent = candidate.features, candidate.parent.name
    if not features.looked:
        yield f"no value was looked for in {parent}, so its name alone speaks for it"
        return
    if features.found == features.looked and not candidate.orphans:
        every = (
            "its only distinct value is a key"
            if features.looked == 1
            else f"every one of {features.looked:,} distinct values is a key"
        )
        yield f"{every} of {parent}"
    else:
        yield f"{features.found:,} of {features.looked:,} distinct values are keys of {parent}"
    if candidate.orphans is None:
        yield "looked at in a sample only"
    elif candidate.orphans:
        yield f"{candidate.orphans:,} of {candidate.rows:,} rows have no parent"
    else:
        yield f"none of {candidate.rows:,} rows is without a parent"
    if candidate.zero:
        yield "0 counts as no reference"
    if features.chance**features.looked < _UNLIKELY:
        yield "by chance alone that would be unlikely"


def _name(candidate: Candidate) -> Iterator[str]:
    if candidate.said:
        yield candidate.said


def _joins(candidate: Candidate) -> Iterator[str]:
    for words, times in Counter(candidate.joined_in).items():
        yield f"joined in {words}" + (f" ({times} times)" if times > 1 else "")


def _against(candidate: Candidate) -> Iterator[str]:
    features = candidate.features
    if not features.declared:
        yield f"the database does not keep ({', '.join(candidate.parent.columns)}) of {candidate.parent.name} unique"
    if features.looked and features.chance**features.looked >= _UNLIKELY and not candidate.said and not features.joined:
        yield "small numbers are in every longer sequence"
