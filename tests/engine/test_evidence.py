"""Evidence is the same before and after its file."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from connectors.database import Issue
from connectors.names import TableName
from engine.evidence import Evidence, TableEvidence, digest, dumps, loads

texts = st.text(max_size=12)
names = st.builds(
    TableName, st.text(min_size=1, max_size=8).filter(str.strip).map(str.strip), st.none() | st.just("hr")
)
counts = st.integers(0, 10**12)
tables = st.builds(
    TableEvidence, names, st.none() | names, texts, counts, counts, st.floats(0, 1e6),
    st.dictionaries(texts, texts, max_size=2), st.dictionaries(texts, texts, max_size=2),
    st.dictionaries(texts, counts, max_size=2), st.dictionaries(texts, counts, max_size=2),
)  # fmt: skip
evidences = st.builds(
    Evidence, texts, texts, texts, texts, texts, texts, texts, texts, texts, texts, texts, texts,
    st.dictionaries(texts, texts, max_size=2), texts, texts, st.floats(0, 1e6),
    st.lists(tables, max_size=3, unique_by=lambda table: str(table.name)).map(tuple),
    st.lists(st.builds(Issue, texts, texts, texts, st.none() | names), max_size=2).map(tuple),
)  # fmt: skip


@given(evidences)
def test_what_is_written_is_read_again(evidence) -> None:  # type: ignore[no-untyped-def]
    assert loads(dumps(evidence)) == evidence
    assert digest(loads(dumps(evidence))) == digest(evidence)


def test_the_shape_that_scripts_rely_on_is_there() -> None:
    fields = [""] * 12
    table = TableEvidence(TableName("t"), None, "drop")
    shape = Evidence("r1", "complete", *fields[2:], {}, "", "", 1.5, (table,)).to_json()
    assert (shape["run"], shape["state"], shape["seconds"]) == ("r1", "complete", 1.5)
    assert shape["tables"]["t"]["rows"] == 0
    assert shape["tables"]["t"]["treatment"] == "drop"


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"tables": {}}', "null"])
def test_anything_else_is_refused(text) -> None:  # type: ignore[no-untyped-def]
    with pytest.raises(ValueError):  # noqa: PT011 - JSON's own error is one
        loads(text)
