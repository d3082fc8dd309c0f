"""Refresh in every dialect: odd names, a NOT NULL cycle, composite keys, an identity, triggers, rows of testers."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pyarrow as pa
import pytest

from connectors import open_database
from connectors.database import Chunk
from connectors.errors import WriteError
from connectors.merging import How, Incoming, Merge
from connectors.names import TableName
from engine.clone import clone
from engine.evidence import Evidence
from engine.keys import MaskingKey
from engine.load import RunFailed
from engine.masking.keep import Keep
from engine.masking.keyed_token import Token
from engine.plan import Plan, Rule, TablePlan, Treatment
from engine.verify import verify
from engine.workspace import open_workspace
from tests.shop import HERE, Plain, shop

KEY = MaskingKey("k", b"k" * 32)
EVERYWHERE = pytest.mark.parametrize("new_database", HERE, indirect=True)
TRIGGER = {
    "sqlite": "create trigger loud after insert on customer begin insert into vacant values (new.id, 'fired'); end",
    "mariadb": "create trigger loud after insert on customer for each row insert into vacant values (new.id, 'fired')",
    "postgresql": """create function shout() returns trigger language plpgsql as
      $$ begin insert into vacant values (new.id, 'fired'); return new; end $$;
      create trigger loud after insert on customer for each row execute function shout()""",
}


class Desk:
    def __init__(self, source: Plain, target: Plain, folder: Path) -> None:
        self.source, self.target, self.folder = source, target, folder
        with open_database(source.url) as database:
            self.plan = plan(database.describe().tables)

    def run(self, mode: str = "new", **options: object) -> Evidence:
        with open_database(self.source.url) as source, open_database(self.target.url) as target:
            workspace = open_workspace(self.folder)
            return clone(self.plan, source, target, KEY, workspace=workspace, mode=mode, **options)  # type: ignore[arg-type]

    def faults(self) -> list[str]:
        with open_database(self.target.url) as target:
            return verify(self.plan, target, KEY, workspace=open_workspace(self.folder)).faults()


def plan(tables) -> Plan:  # type: ignore[no-untyped-def]
    masks = {"email": Token(), "Order": Token()}
    made = {}
    for table in tables:
        rules = (Rule((c.name,), masks.get(c.name, Keep()), reason="for the test") for c in table.stored)
        treatment = Treatment.DROP if table.name == TableName("loose") else Treatment.MASK
        made[table.name] = TablePlan(treatment, tuple(rules) if treatment is Treatment.MASK else ())
    return Plan("shop", "k", made)


@pytest.fixture
def desk(new_database, tmp_path) -> Desk:  # type: ignore[no-untyped-def]
    """A target that a first run has filled, and in which a tester has a row of his own."""
    made = Desk(shop(new_database()), Plain(new_database()), tmp_path)
    made.run()
    made.target.run("insert into customer (id, email, boss) values (50, 'tester', 1)")
    made.target.run("""insert into "odd name" values (9, 'mine', null, 50)""")
    return made


def counts(evidence: Evidence) -> dict[str, tuple[int, ...]]:
    return {str(table.name): tuple(table.merged.values()) for table in evidence.tables if table.merged}


@EVERYWHERE
def test_an_upsert_updates_inserts_and_keeps_what_testers_have(desk: Desk) -> None:
    desk.source.run("""
      insert into customer (id, email, boss) values (4, 'new@corp.example', 2);
      update customer set rate = 99 where id = 2;
      insert into hen values (3, 3);
      insert into egg values (3, 3);
      delete from detail where id = 4;
      insert into "odd name" values (4, 'z', 'new', 4)""")
    evidence = desk.run("upsert")
    assert counts(evidence)["customer"] == (1, 3, 0, 0)
    assert counts(evidence)["hen"] == (1, 2, 0, 0)
    assert counts(evidence)['"odd name"'] == (1, 5, 0, 0)
    assert desk.target.ask("select count(*) from customer where rate = 99") == [(1,)]
    assert desk.target.ask("select email from customer where id = 50") == [("tester",)]
    assert desk.target.ask("select count(*) from detail") == [(4,)]
    assert desk.faults() == []
    desk.target.run("insert into customer (email) values ('next')")
    assert desk.target.ask("select max(id) from customer") == [(51,)]


@EVERYWHERE
def test_an_append_leaves_rows_that_are_there_as_they_are(desk: Desk) -> None:
    desk.source.run("update customer set rate = 99;\ninsert into customer (id, email) values (4, 'new@corp.example')")
    assert counts(desk.run("append"))["customer"] == (1, 0, 3, 0)
    assert desk.target.ask("select count(*) from customer where rate = 99") == [(0,)]
    assert desk.faults() == []


@EVERYWHERE
def test_triggers_do_not_fire_and_are_there_afterwards(desk: Desk) -> None:
    with desk.target.connect() as connection:
        connection.cursor().execute(TRIGGER[desk.target.dialect])
        connection.commit()
    desk.source.run("insert into customer (id, email) values (4, 'new@corp.example')")
    desk.run("append")
    assert desk.target.ask("select count(*) from vacant") == [(0,)]
    desk.target.run("insert into customer (id, email) values (77, 'loud')")
    fired = desk.target.ask("select count(*) from vacant")
    # Plain's own session of PostgreSQL keeps triggers quiet, too.
    assert fired == [(0 if desk.target.dialect == "postgresql" else 1,)]


@EVERYWHERE
def test_a_row_whose_unique_value_another_row_has_is_named_and_nothing_is_merged(desk: Desk) -> None:
    [(email,)] = desk.target.ask("select email from customer where id = 2")
    desk.target.run(
        f"update customer set email = 'gone' where id = 2;\nupdate customer set email = '{email}' where id = 50"
    )
    desk.source.run("insert into customer (id, email) values (4, 'new@corp.example')")
    before = desk.target.ask("select * from customer order by id")
    with pytest.raises(RunFailed, match=r"unique key .* the target is as it was") as failure:
        desk.run("upsert")
    assert failure.value.table == TableName("customer")
    assert email not in str(failure.value)
    assert desk.target.ask("select * from customer order by id") == before


@EVERYWHERE
def test_a_row_that_would_be_without_its_parent_is_named_and_nothing_is_merged(desk: Desk) -> None:
    with open_database(desk.target.url) as database, database.staging() as staging:  # type: ignore[attr-defined]
        schema = database.describe()
        table = schema.table(TableName("odd name"))
        own = staging.marker()
        staging.claim(replace(own, run="other"))
        staging.begin(schema, fresh=False)
        batch = pa.record_batch(
            {"group": pa.array([5], pa.int64()), "na-me": ["child"], "customer": pa.array([998], pa.int64())}
        )
        staging.write(table, Chunk(table.name, 0), [batch])
        part = Incoming(table, ("group", "na-me", "customer"), ("group", "na-me"))
        order = Merge(How.APPEND, schema, (part,), replace(own, run="other"), own.run)
        with pytest.raises(WriteError, match="1 rows would be without their parent under the foreign key") as failure:
            staging.merge(order)
        assert failure.value.table == table.name
        assert desk.target.ask("""select count(*) from "odd name" where "group" = 5""") == [(0,)]
        assert staging.marker().run == "other"
        allowed = replace(part, orphans={key.name: 1 for key in table.foreign_keys})
        assert staging.merge(replace(order, incoming=(allowed,)))[table.name].inserted == 1
        assert staging.merge(replace(order, incoming=(allowed,)))[table.name].inserted == 1, "a merge is not done again"
        assert staging.marker() == replace(own, run="other")
    assert desk.target.ask("""select count(*) from "odd name" where "group" = 5""") == [(1,)]


@EVERYWHERE
def test_unique_values_that_change_hands_are_no_clash(desk: Desk) -> None:
    desk.source.run("""
      update customer set email = 'tmp' where id = 1;
      update customer set email = 'ada@corp.example' where id = 2;
      update customer set email = 'b@corp.example' where id = 1""")
    [(one,)] = desk.target.ask("select email from customer where id = 1")
    desk.run("upsert")
    assert desk.target.ask("select email from customer where id = 2") == [(one,)]
    assert desk.faults() == []
