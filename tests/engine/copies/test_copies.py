"""An entity is copied: new keys that everything follows, other people, shared rows shared; judged by plain SQL."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.engine.copies.trade import ONE, OWNED, ask, build
from tests.walk.line import HereDesk

DIALECTS = ("sqlite", "postgresql", "mariadb")
CLONE = '\n[clone]\ntable = "customer"\nkeys = [[17]]\ncopies = {copies}\n{more}'


def run(desk: HereDesk, source: str, target: str, clone: str, *more: str) -> dict[str, int]:
    """Rows of each table, of a run that ends and verifies clean."""
    answer = desk.run(source, target, *more)
    assert answer.status == 0, answer.err + answer.out
    checked = desk.verify(source, target)
    assert checked.status == 0, checked.out + checked.err
    return {name: table["rows"] for name, table in answer.json["tables"].items()}


def planned(desk: HereDesk, source: str, clone: str) -> None:
    assert desk.accept(source).status == 0
    desk.plan_path.write_text(desk.plan_path.read_text() + clone)


@pytest.mark.parametrize("new_database", DIALECTS, indirect=True)
def test_a_hundred_copies_of_a_customer_with_200_rows_hold_every_key(new_database, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target, desk = new_database(), new_database(), HereDesk(tmp_path / "desk")
    build(source)
    planned(desk, source, CLONE.format(copies=100, more=""))
    counts = run(desk, source, target, CLONE)
    shared = {"product": 10, "tag": 2, "customer": 2 - 1, "letter": 1}
    for table, owned in OWNED.items():
        assert counts[table] == owned * 101 + shared.get(table, 0), table
    assert (counts["product"], counts["tag"]) == (10, 2)
    assert ask(target, "select count(distinct email), count(distinct name) > 90 from customer") == [(102, 1)]
    # Each letter answers one of the same customer's, save the first of all, which is shared.
    [(letters, same)] = ask(
        target,
        "select count(*), sum(case when a.customer_id = b.customer_id then 1 else 0 end) from letter a"
        " join letter b on b.id = a.answers",
    )
    assert (letters, same) == (4040, 3030)
    assert ask(
        target, "select count(*) from (select customer_id from orders group by customer_id having count(*) = 20) s"
    ) == [(101,)]
    assert ONE
