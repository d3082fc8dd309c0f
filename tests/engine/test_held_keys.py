"""A target whose keys no strategy can switch off is refused by the check, with its keys and what to change."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from connectors import open_database
from connectors.database import Database
from engine.held_keys import refuse_held_keys
from engine.problems import PlanError, Problem
from tests.connectors import pg_zoo

ROLE = "held_keys_writer"
TABLES = """
CREATE TABLE a (id int PRIMARY KEY, b int NOT NULL);
CREATE TABLE b (id int PRIMARY KEY, a int NOT NULL CONSTRAINT b_to_a REFERENCES a);
ALTER TABLE a ADD CONSTRAINT a_to_b FOREIGN KEY (b) REFERENCES b;
CREATE TABLE self (id int PRIMARY KEY CONSTRAINT self_to_self REFERENCES self);
CREATE TABLE leaf (id int PRIMARY KEY, a int CONSTRAINT leaf_to_a REFERENCES a);
CREATE TABLE lonely (id int PRIMARY KEY);
"""


@pytest.fixture
def target(new_postgresql: Callable[..., str]) -> Iterator[tuple[str, str]]:
    """The address of the owner, and that of a login who may write every row and owns nothing."""
    rights = f"GRANT ALL ON ALL TABLES IN SCHEMA public TO {ROLE}; GRANT CREATE, USAGE ON SCHEMA public TO {ROLE}"
    url = pg_zoo.build(new_postgresql(), TABLES, f"DROP ROLE IF EXISTS {ROLE}; CREATE ROLE {ROLE} LOGIN", rights)
    yield url, url.replace("postgres:@", f"{ROLE}@").replace("postgres@", f"{ROLE}@")
    pg_zoo.build(url, f"DROP OWNED BY {ROLE}; DROP ROLE {ROLE}")


def refused(database: Database) -> list[Problem]:
    with pytest.raises(PlanError) as raised:
        refuse_held_keys(database, database.describe().tables)
    return sorted(raised.value.problems, key=lambda problem: str(problem.table))


def test_a_circle_of_keys_that_this_login_cannot_switch_off_is_named_key_by_key(target: tuple[str, str]) -> None:
    with open_database(target[1]) as database:
        circle, leaf, itself = refused(database)
        assert all(word in circle.reason for word in ("a.a_to_b", "b.b_to_a", "NOT NULL", "at once"))
        assert "leaf_to_a" in leaf.reason
        assert "self refers to itself" in itself.reason
        assert "session_replication_role" in circle.remedy


def test_the_owner_and_whoever_may_be_a_replica_are_not_refused(target: tuple[str, str]) -> None:
    owner, writer = target
    with open_database(owner) as database:
        refuse_held_keys(database, database.describe().tables)
    pg_zoo.build(owner, *(f"ALTER TABLE {name} OWNER TO {ROLE}" for name in ("a", "b", "self", "leaf")))
    with open_database(writer) as database:
        refuse_held_keys(database, database.describe().tables)
    pg_zoo.build(
        owner, f"REASSIGN OWNED BY {ROLE} TO postgres; GRANT SET ON PARAMETER session_replication_role TO {ROLE}"
    )
    with open_database(writer) as database:
        refuse_held_keys(database, database.describe().tables)
        assert refused_after(database) == "origin"


def refused_after(database: Database) -> str:
    """What asking has left of the session's role."""
    return str(database._connection.execute("SHOW session_replication_role").fetchone()[0])  # type: ignore[attr-defined]
