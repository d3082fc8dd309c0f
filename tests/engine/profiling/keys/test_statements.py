"""Statements are read from the files that servers write."""

from __future__ import annotations

import pytest

from engine.profiling.keys.statements import read_statements

JOIN = "SELECT * FROM a JOIN b ON a.x = b.y"

FILES = {
    "plain SQL": f"-- nightly; report\n{JOIN};\n\nSELECT 'a;b' FROM a;",
    "a log of PostgreSQL": (
        f"2026-01-02 03:04:05.678 UTC [12] LOG:  statement: {JOIN}\n"
        "2026-01-02 03:04:06.678 UTC [12] LOG:  duration: 0.5 ms  execute <unnamed>: SELECT 'a;b'\n\tFROM a\n"
        "2026-01-02 03:04:06.700 UTC [12] DETAIL:  parameters: $1 = '7'\n"
        "2026-01-02 03:04:07.678 UTC [12] ERROR:  relation does not exist\n"
    ),
    "a CSV log of PostgreSQL": (
        f'2026-01-02 03:04:05.678 UTC,"u","d",12,"[local]",6,1,"SELECT",,3/1,0,LOG,00000,"statement: {JOIN}",,,,,,,,,"psql"\n'
        '2026-01-02 03:04:05.678 UTC,"u","d",12,"[local]",6,1,"SELECT",,3/1,0,LOG,00000,"statement: SELECT \'a;b\' FROM a",,,\n'
    ),
    "a general log of MySQL": (
        "/usr/sbin/mariadbd, Version: 10.11. started with:\nTime\t\tId Command\tArgument\n"
        f"260102  3:04:05\t    12 Connect\tu@localhost on d\n\t\t    12 Query\t{JOIN}\n"
        "2026-01-02T03:04:05.123456Z\t   13 Query\tSELECT 'a;b'\n FROM a\n2026-01-02T03:04:06.1Z\t   13 Quit\t\n"
    ),
    "a slow log of MySQL": (
        "# Time: 260102  3:04:05\n# User@Host: u[u] @ localhost []\n# Query_time: 12.1  Lock_time: 0.0\n"
        f"SET timestamp=1;\n{JOIN};\n# User@Host: u[u] @ localhost []\nuse d;\nSELECT 'a;b' FROM a;\n"
    ),
    "pg_stat_statements": f'userid,query,calls\n10,"{JOIN}",7\n10,"SELECT \'a;b\' FROM a",1\n',
}


@pytest.mark.parametrize("text", FILES.values(), ids=FILES)
def test_the_statements_of_a_file_are_read_whoever_wrote_it(text: str, tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "log"
    path.write_text(text)
    assert [" ".join(statement.split()) for statement in read_statements(path)] == [JOIN, "SELECT 'a;b' FROM a"]


def test_a_file_of_anything_else_has_no_statements(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "log"
    path.write_bytes(bytes(range(256)) * 50)
    assert read_statements(path) == ()


def test_a_statement_that_comes_again_is_read_once(tmp_path) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path / "log.sql"
    path.write_text(f"{JOIN};\n" * 500)
    assert read_statements(path) == (JOIN,)
