"""Entities of a target: reserved by one person, passed over by a refresh, saved and brought back; judged by plain SQL."""

from __future__ import annotations

import threading
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from connectors import open_database
from connectors.errors import WriteError
from connectors.names import TableName
from engine.clone import clone
from engine.entities.entity import EntityError
from engine.entities.reserve import Reserved, moment_after, release, reservations, reserve
from engine.entities.restore import restore
from engine.entities.versions import snapshot
from engine.evidence import Evidence
from engine.keys import MaskingKey
from engine.safety import Refused
from engine.workspace import open_workspace
from tests.engine.test_merge_run import Desk as ShopDesk
from tests.engine.test_merge_run_dialects import KEY, plan
from tests.shop import HERE, Plain, shop

EVERYWHERE = pytest.mark.parametrize("new_database", HERE, indirect=True)
CUSTOMER = TableName("customer")
SEALING = MaskingKey("entities", b"s" * 32)


class Desk:
    def __init__(self, source: Plain, target: Plain, folder: Path) -> None:
        self.source, self.target, self.workspace = source, target, open_workspace(folder)
        with open_database(source.url) as database:
            self.plan = plan(database.describe().tables)

    def run(self, mode: str = "new") -> Evidence:
        with open_database(self.source.url) as source, open_database(self.target.url) as target:
            return clone(self.plan, source, target, KEY, workspace=self.workspace, mode=mode)

    def reserve(self, key: str, owner: str, hours: float = 1) -> object:
        until = datetime.now(UTC) + timedelta(hours=hours)
        with open_database(self.target.url) as target:
            return reserve(target, self.workspace, CUSTOMER, (key,), owner, until)

    def release(self, key: str, owner: str, *, force: bool = False) -> object:
        with open_database(self.target.url) as target:
            return release(target, CUSTOMER, (key,), owner, force=force)

    def snapshot(self, key: str, note: str = "") -> object:
        with open_database(self.target.url) as target:
            return snapshot(target, self.workspace, SEALING, CUSTOMER, (key,), note)

    def restore(self, key: str, number: int | None = None) -> dict[str, tuple[int, int, int]]:
        with open_database(self.target.url) as target:
            _, merged = restore(target, self.workspace, SEALING, CUSTOMER, (key,), number, "me")
        return {str(name): (m.inserted, m.updated, m.deleted) for name, m in merged.items()}

    def ask(self, sql: str) -> list[tuple[object, ...]]:
        return self.target.ask(sql)

    def entity(self) -> list[list[tuple[object, ...]]]:
        """Customer 2 with its rows."""
        return [
            self.ask("select * from customer where id = 2"),
            self.ask("""select * from "odd name" where customer = 2 order by 1, 2"""),
            self.ask("""select * from detail where "group" = 2 order by 1"""),
        ]


@pytest.fixture
def desk(new_database, tmp_path) -> Desk:  # type: ignore[no-untyped-def]
    made = Desk(shop(new_database()), Plain(new_database()), tmp_path)
    made.run()
    return made


@EVERYWHERE
def test_a_reservation_is_one_persons_until_it_is_released_or_over(desk: Desk) -> None:
    desk.reserve("2", "ann")
    with pytest.raises(Reserved, match="customer 02 is reserved by ann until 20"):
        desk.reserve("02", "bob")
    assert desk.reserve("2", "ann", hours=2).owner == "ann"  # type: ignore[attr-defined]
    with pytest.raises(Reserved):
        desk.release("2", "bob")
    assert desk.release("2", "bob", force=True).owner == "ann"  # type: ignore[attr-defined]
    desk.reserve("2", "bob", hours=0.0003)
    threading.Event().wait(2.2)
    desk.reserve("2", "ann")
    with open_database(desk.target.url) as target:
        assert [(r.key, r.owner) for r in reservations(target)] == [(("2",), "ann")]
        assert not [table for table in target.describe().tables if "lookalike" in str(table.name)]
    with pytest.raises(EntityError, match="customer has no row 98765"):
        desk.reserve("98765", "ann")


@EVERYWHERE
def test_of_many_who_reserve_at_once_one_wins_and_all_others_are_told_who(desk: Desk) -> None:
    won, lost = list[str](), list[str]()
    desk.release("2", "x")

    def take(owner: str) -> None:
        try:
            desk.reserve("2", owner)
            won.append(owner)
        except Reserved as error:
            lost.append(str(error))

    threads = [threading.Thread(target=take, args=(f"person{n}",)) for n in range(6)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(won) == 1
    assert len(lost) == 5
    assert all(won[0] in sentence for sentence in lost)


@EVERYWHERE
def test_a_refresh_passes_over_a_reserved_entity_with_all_that_it_owns(desk: Desk) -> None:
    desk.reserve("2", "ann")
    before = desk.entity()
    desk.source.run("""
      update customer set rate = 99;
      update "odd name" set "Ünïcode" = 'changed';
      insert into "odd name" values (2, 'new', 'x', 2);
      insert into detail values (50, 2, 'new', 1);
      insert into detail values (51, 1, 'a', 1)""")
    counts = {str(t.name): dict(t.merged) for t in desk.run("upsert").tables}
    assert desk.entity() == before
    assert counts["customer"] == {"inserted": 0, "updated": 2, "kept": 0, "reserved": 1}
    assert counts['"odd name"']["reserved"] == 3
    assert counts["detail"] == {"inserted": 1, "updated": 3, "kept": 0, "reserved": 2}
    assert desk.ask("select count(*) from customer where rate = 99") == [(2,)]
    with pytest.raises(Refused, match="reserved, the first by ann"):
        desk.run("replace")
    desk.release("2", "ann")
    desk.run("upsert")
    assert desk.entity() != before


@EVERYWHERE
def test_a_restored_entity_is_what_it_was_and_the_rest_stays(desk: Desk) -> None:
    before = desk.entity()
    assert desk.snapshot("2", "first").number == 1  # type: ignore[attr-defined]
    others = desk.ask("select * from customer where id <> 2 order by id")
    desk.target.run("""
      update customer set rate = 5, email = 'spoilt' where id = 2;
      delete from detail where "group" = 2;
      delete from "odd name" where "na-me" = 'B';
      insert into "odd name" values (7, 'added', null, 2);
      insert into detail values (90, 7, 'added', 1)""")
    assert desk.snapshot("2", "spoilt").number == 2  # type: ignore[attr-defined]
    spoilt = desk.entity()
    assert desk.restore("2", 1) == {"customer": (0, 1, 0), '"odd name"': (1, 1, 1), "detail": (1, 0, 1)}
    assert desk.entity() == before
    assert desk.ask("select * from customer where id <> 2 order by id") == others
    desk.restore("2")
    assert desk.entity() == spoilt
    assert desk.run("upsert").state == "complete"


@EVERYWHERE
def test_rows_that_refer_to_the_root_row_stay_with_it(desk: Desk) -> None:
    desk.snapshot("2")
    desk.target.run("""insert into "odd name" values (7, 'added', null, 2)""")
    desk.target.run("""insert into customer (id, email, boss) values (8, 'child', 2)""")
    desk.target.run("delete from customer where id = 2;\ninsert into customer (id, email) values (2, 'again')")
    before = desk.ask("""select * from "odd name" order by 1, 2""")
    assert desk.restore("2")['"odd name"'][2] == 1
    assert desk.ask("select boss from customer where id = 8") == [(2,)]
    assert before != desk.ask("""select * from "odd name" order by 1, 2""")


@EVERYWHERE
def test_what_cannot_be_done_is_said_and_nothing_changes(desk: Desk) -> None:
    with pytest.raises(EntityError, match="no version"):
        desk.restore("2")
    desk.snapshot("2")
    desk.reserve("2", "ann")
    with pytest.raises(Reserved):
        desk.restore("2")
    with pytest.raises(EntityError, match="give 1 values"), open_database(desk.target.url) as target:
        snapshot(target, desk.workspace, SEALING, CUSTOMER, ("1", "2"), "")
    with pytest.raises(Refused, match="does not carry the mark"), open_database(desk.source.url) as source:
        reserve(source, desk.workspace, CUSTOMER, ("2",), "ann", moment_after("1h"))


def test_no_saved_version_can_be_read_without_the_key(new_sqlite, tmp_path) -> None:  # type: ignore[no-untyped-def]
    desk = Desk(shop(new_sqlite()), Plain(new_sqlite()), tmp_path / "work")
    desk.run()
    desk.snapshot("2", "a note of mine")
    [(email,)] = desk.ask("select email from customer where id = 2")
    files = [file for file in (tmp_path / "work" / "entities").rglob("*") if file.is_file()]
    assert len(files) == 1
    content = files[0].read_bytes()
    assert str(email).encode() not in content
    assert b"note of mine" not in content
    assert files[0].stat().st_mode & 0o077 == 0


def test_a_span_is_read() -> None:
    assert moment_after("7d") - datetime.now(UTC) > timedelta(days=6, hours=23)
    with pytest.raises(EntityError, match="a span is"):
        moment_after("soon")


def test_a_row_that_somebody_elses_row_refers_to_is_not_taken_away(tmp_path) -> None:  # type: ignore[no-untyped-def]
    made = ShopDesk(tmp_path)
    made.clone()
    person = TableName("person")
    [(lead, other)] = made.ask("select min(lead), max(lead) from team")
    with open_database(f"sqlite:///{made.target}") as target:
        snapshot(target, made.workspace, SEALING, person, (str(lead),), "")
    made.change(
        made.target, f"insert into team values (77, {lead}, 'added')", f"update person set team = 77 where id = {other}"
    )
    teams = made.ask("select * from team order by id")
    with (
        pytest.raises(WriteError, match="person: 1 rows would be without their parent under the foreign key"),
        open_database(f"sqlite:///{made.target}") as target,
    ):
        restore(target, made.workspace, SEALING, person, (str(lead),), None, "me")
    assert made.ask("select * from team order by id") == teams
    assert not made.ask("select name from sqlite_schema where name like 'lookalike\\__s\\_%' escape '\\'")
