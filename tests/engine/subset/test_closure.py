"""A subset is closed over every foreign key, whatever the shape of the schema."""

from __future__ import annotations

from pathlib import Path

import pytest

from connectors.names import TableName
from connectors.schema import ForeignKey
from engine.subset.spec import Edge, Missing, Scope
from tests.engine.subset.closing import closing, database, numbers

SHOP = """
create table country(code text primary key, name text);
create table customer(id integer primary key, country text references country(code), friend int references customer(id),
                      mentor int references customer(id));
create table product(id integer primary key, parent int references product(id));
create table orders(id integer primary key, customer int references customer(id), total int);
create table line(ord int references orders(id), n int, product int references product(id), primary key(ord, n)) without rowid;
create table note(id integer primary key, ord int, n int, foreign key (ord, n) references line(ord, n));
insert into country values ('de', 'Germany'), ('fr', 'France'), ('it', 'Italy');
insert into customer values (1, 'de', 2, 3), (2, 'fr', null, 1), (3, 'it', 3, null), (4, 'it', 1, null);
insert into product values (10, null), (11, 10), (12, 11), (13, null);
insert into orders values (100, 1, 5), (101, 1, 9), (102, 4, 5), (103, null, 5);
insert into line values (100, 1, 12), (100, 2, 13), (101, 1, 12), (102, 1, 13);
insert into note values (1, 100, 1), (2, 100, 7), (3, 100, null), (4, 102, 1), (5, null, null);
"""


@pytest.fixture
def shop(tmp_path: Path) -> str:
    return database(tmp_path, SHOP)


def test_a_root_brings_what_it_owns_and_every_parent_on_the_way(shop: str, tmp_path: Path) -> None:
    with closing(shop, tmp_path, roots=["customer"]) as case:
        assert case.add("customer", "id = 1") == 1
        assert case.ids("customer") == [1, 2, 3]  # both self references, and from 2 back to 1
        assert case.ids("orders") == [100, 101]  # not those of the friends
        assert case.rows("line", "ord", "n") == [(100, 1), (100, 2), (101, 1)]
        assert case.ids("product") == [10, 11, 12, 13]
        assert case.ids("note") == [1]
        assert case.rows("country", "code") == [("de",), ("fr",), ("it",)]
        counts = case.selection.tables[TableName("customer")]
        assert (counts.direct, counts.upstream, counts.downstream) == (1, 2, 0)
        assert {(b.key, b.down): b.rows for b in case.selection.brought if str(b.child) == "line"} == {
            ("line_fk1", True): 3,
            ("line_fk2", False): 2,
        }


def test_a_product_brings_no_order_and_an_order_does(shop: str, tmp_path: Path) -> None:
    with closing(shop, tmp_path, roots=["orders"]) as case:
        case.add("orders", "id = 102")
        assert case.ids("orders") == [102]
        assert case.ids("product") == [13]
        assert case.ids("customer") == [1, 2, 3, 4]


def test_children_of_every_selected_parent_come_where_the_plan_says_all(shop: str, tmp_path: Path) -> None:
    everyone = Edge(TableName("orders"), ("customer",), follow=Scope.ALL)
    with closing(shop, tmp_path, roots=["customer"], edges=[everyone]) as case:
        case.add("customer", "id = 4")
        assert case.ids("customer") == [1, 2, 3, 4]
        assert case.ids("orders") == [100, 101, 102]
        assert case.rows("line", "ord", "n") == [
            (100, 1),
            (100, 2),
            (101, 1),
            (102, 1),
        ]  # a child that was followed is owned


def test_nothing_is_followed_down_where_the_plan_says_none(shop: str, tmp_path: Path) -> None:
    with closing(
        shop, tmp_path, roots=["customer"], edges=[Edge(TableName("line"), ("ord",), follow=Scope.NONE)]
    ) as case:
        case.add("customer", "id = 1")
        assert (case.ids("orders"), case.rows("line", "n")) == ([100, 101], [])


def test_a_self_reference_is_followed_down_to_the_last_when_the_plan_says_so(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        "create table employee(id integer primary key, boss int references employee(id), deputy int references employee(id));"
        f"insert into employee select value, nullif(value / 2, 0), case when value = 40 then 41 end from {numbers(40)};"
        "insert into employee values (41, 1, 40);",
    )
    below = Edge(TableName("employee"), ("boss",), follow=Scope.OWNED)
    with closing(url, tmp_path, roots=["employee"], edges=[below]) as case:
        case.add("employee", "id = 5")
        # Below 5; the deputy of 40; the bosses above. None of those brings its own people.
        assert case.ids("employee") == [1, 2, 5, 10, 11, 20, 21, 22, 23, 40, 41]


def test_cycles_that_share_a_component_rest(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """
        create table a(id integer primary key, b int not null references b(id), c int references c(id), a int references a(id));
        create table b(id integer primary key, a int not null references a(id), c int references c(id));
        create table c(id integer primary key, a int not null references a(id), d int references d(id));
        create table d(id integer primary key, c int not null references c(id), b int references b(id));
        insert into a values (1, 1, 1, 2), (2, 2, null, 1), (3, 3, 3, null);
        insert into b values (1, 2, 2), (2, 1, null), (3, 3, null);
        insert into c values (1, 1, 1), (2, 2, null), (3, 3, null);
        insert into d values (1, 2, 1), (2, 3, 3);
        """,
    )
    with closing(url, tmp_path, roots=["d"]) as case:
        case.add("d", "id = 1")
        assert [case.ids(table) for table in "abcd"] == [[1, 2], [1, 2], [1, 2], [1]]


def test_a_diamond_selects_its_top_once(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """
        create table top(id integer primary key);
        create table l(id integer primary key, top int references top(id));
        create table r(id integer primary key, top int references top(id));
        create table low(id integer primary key, l int references l(id), r int references r(id));
        insert into top values (1), (2); insert into l values (1, 1), (2, 2); insert into r values (1, 1), (2, 1);
        insert into low values (1, 1, 1), (2, 2, 2), (3, 2, 2);
        """,
    )
    with closing(url, tmp_path, roots=["top"]) as case:
        case.add("top", "id = 1")
        assert case.ids("low") == [1, 2, 3]  # 2 and 3 by the right alone
        assert (case.ids("top"), case.ids("l"), case.ids("r")) == ([1, 2], [1, 2], [1, 2])
        # The second top is a parent, and owns nothing.
        assert [case.selection.tables[TableName("top")].direct, case.selection.tables[TableName("top")].upstream] == [
            1,
            1,
        ]


def test_a_row_without_a_key_and_one_that_names_no_primary_key_are_followed(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """
        create table person(id integer primary key, email text unique, x int, y int, unique (y, x));
        create table visit(email text references person(email), place text);
        create table point(y int, x int, label text, foreign key (x, y) references person(x, y));
        insert into person values (1, 'a@x', 1, 2), (2, 'b@x', 2, 1), (3, null, null, 5);
        insert into visit values ('a@x', 'p'), ('a@x', 'p'), ('b@x', 'q'), (null, 'r');
        insert into point values (2, 1, 'one'), (1, 2, 'two'), (5, null, 'half'), (null, null, 'none');
        """,
    )
    with closing(url, tmp_path, roots=["person"]) as case:
        case.add("person", "id in (1, 3)")
        assert case.rows("visit", "email", "place") == [("a@x", "p"), ("a@x", "p")]
        assert case.rows("point", "label") == [("one",)]
    with closing(url, tmp_path, roots=["point"]) as case:
        case.add("point", "true")
        assert case.ids("person") == [1, 2]


def test_an_orphan_is_counted_and_stays(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """
        create table p(id integer primary key); create table c(id integer primary key, p int references p(id), q int references p(id));
        insert into p values (1); insert into c values (1, 1, 7), (2, 7, 8), (3, null, 1), (4, 9, 9);
        """,
    )
    with closing(url, tmp_path, roots=["c"]) as case:
        case.add("c", "id < 4")
        assert case.ids("c") == [1, 2, 3]
        assert case.selection.tables[TableName("c")].orphans == {"c_fk1": 2, "c_fk2": 1} or (
            case.selection.tables[TableName("c")].orphans == {"c_fk1": 1, "c_fk2": 2}
        )


POLYMORPHIC = """
create table post(id integer primary key, title text); create table photo(id integer primary key);
create table remark(id integer primary key, about_type text, about int, data text);
insert into post values (1, 'a'), (2, 'b'), (3, 'c'); insert into photo values (1), (2);
insert into remark values (1, 'post', 1, '{"p": 2}'), (2, 'photo', 1, null), (3, 'post', 9, '{"p": 3}'), (4, 'photo', 2, null),
    (5, null, 2, '{"p": 2}');
"""


def _about(kind: str) -> ForeignKey:
    return ForeignKey(
        f"about_{kind}", ("about",), TableName(kind), ("id",), virtual=True, where=f"about_type = '{kind}'"
    )


def test_a_key_of_the_plan_follows_its_type_alone_both_ways(tmp_path: Path) -> None:
    url = database(tmp_path, POLYMORPHIC)
    with closing(url, tmp_path, roots=["post"], keys={"remark": _about("post")}) as case:
        case.add("post", "id = 1")
        assert (case.ids("remark"), case.ids("photo")) == ([1], [])
    with closing(url, tmp_path, roots=["remark"], keys={"remark": _about("post")}) as case:
        case.add("remark", "true")
        assert (case.ids("post"), case.selection.tables[TableName("remark")].orphans) == ([1], {"about_post": 1})


def test_a_key_made_of_an_expression_is_followed_both_ways(tmp_path: Path) -> None:
    url = database(tmp_path, POLYMORPHIC)
    key = ForeignKey("by_json", (), TableName("post"), ("id",), virtual=True, expressions=("data ->> '$.p'",))
    with closing(url, tmp_path, roots=["post"], expressions=[(TableName("remark"), key)]) as case:
        case.add("post", "id = 2")
        assert case.ids("remark") == [1, 5]
    with closing(url, tmp_path, roots=["remark"], expressions=[(TableName("remark"), key)]) as case:
        case.add("remark", "id < 4")
        assert case.ids("post") == [2, 3]


def test_a_limit_takes_so_many_children_of_each_parent_and_others_for_another_seed(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        "create table p(id integer primary key); create table c(id integer primary key, p int references p(id), even int);"
        f"insert into p values (1), (2), (3); insert into c select value, 1 + value % 3, value % 2 from {numbers(90)};",
    )
    few = Edge(TableName("c"), ("p",), limit=4, where="even = 0")
    taken = []
    for seed in (1, 1, 2):
        with closing(url, tmp_path, roots=["p"], edges=[few], seed=seed) as case:
            case.add("p", "id < 3")
            rows = case.rows("c", "id", "p", "even")
            assert {even for _, _, even in rows} == {0}
            assert [sum(p == parent for _, p, _ in rows) for parent in (1, 2, 3)] == [4, 4, 0]
            taken.append([row[0] for row in rows])
    assert taken[0] == taken[1] != taken[2]


def test_a_limit_chooses_the_same_children_however_often_one_asks(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        "create table p(id integer primary key); create table c(id integer primary key, p int references p(id));"
        f"insert into p values (1), (2), (3); insert into c select value, 1 + value % 3 from {numbers(60)};",
    )
    taken = []
    for wheres in (["true"], ["id = 3", "id = 1", "true"]):
        with closing(url, tmp_path, roots=["p"], edges=[Edge(TableName("c"), ("p",), limit=5)]) as case:
            for where in wheres:
                case.add("p", where)
                case.closure.grow()
            taken.append(case.ids("c"))
    assert taken[0] == taken[1]
    assert len(taken[0]) == 15


def test_a_parent_that_becomes_a_root_brings_its_children_then(shop: str, tmp_path: Path) -> None:
    with closing(shop, tmp_path, roots=["customer"]) as case:
        case.add("customer", "id = 4")
        case.closure.grow()
        assert case.closure.counts()[TableName("orders")] == 1
        assert case.add("customer", "id = 1", reason="later") == 0  # selected already
        case.closure.grow()
        assert case.ids("orders") == [100, 101, 102]
        assert case.why("customer", "id = 1") == ["customer above", "customer root"]
        assert case.why("orders", "id = 100") == ["orders below", "customer above", "customer root"]


def test_a_row_that_coverage_adds_owns_nothing(shop: str, tmp_path: Path) -> None:
    with closing(shop, tmp_path, roots=["customer"]) as case:
        case.add("customer", "id = 2")
        case.add("customer", "id = 4", owned=False, reason="coverage")
        assert (case.ids("customer"), case.ids("orders")) == ([1, 2, 3, 4], [])
        assert case.why("customer", "id = 4") == ["customer coverage"]


def test_a_whole_table_is_not_named_and_brings_its_parents(shop: str, tmp_path: Path) -> None:
    with closing(shop, tmp_path, roots=["country"]) as case:
        case.closure.add_whole(TableName("line"))
        case.add("country", "code = 'it'", owned=False)
        lines = case.selection.tables[TableName("line")]
        assert (lines.whole, lines.rows, lines.direct) == (True, 4, 4)
        assert (case.ids("orders"), case.ids("product")) == ([100, 101, 102], [10, 11, 12, 13])
        assert case.ids("customer") == [1, 2, 3, 4]
        assert case.why("orders", "id = 101") == ["orders above", "line whole"]
        assert case.why("line", "ord = 101") == ["line whole"]


def test_rows_of_a_whole_table_that_a_root_owns_bring_their_children(shop: str, tmp_path: Path) -> None:
    with closing(shop, tmp_path, roots=["customer"]) as case:
        case.closure.add_whole(TableName("orders"))
        case.add("customer", "id = 1")
        assert case.rows("line", "ord", "n") == [(100, 1), (100, 2), (101, 1)]
        assert case.why("line", "ord = 101") == ["line below", "orders below", "customer root"]


def test_every_row_of_a_whole_table_brings_its_children_where_the_plan_says_all(shop: str, tmp_path: Path) -> None:
    everyone = Edge(TableName("note"), key="note_fk1", follow=Scope.ALL)
    with closing(shop, tmp_path, roots=["country"], edges=[everyone]) as case:
        case.closure.add_whole(TableName("line"))
        assert case.ids("note") == [1, 4]
        assert case.why("note", "id = 4") == ["note below", "line whole"]


def test_an_order_of_the_selected_rows_stays_the_same_and_has_no_gap(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        f"create table t(code text primary key) without rowid; insert into t select 'k' || value from {numbers(500)};",
    )
    orders = []
    for wheres in (["true"], ["code < 'k3'", "true"]):
        with closing(url, tmp_path, roots=["t"]) as case:
            for where in wheres:
                case.add("t", where)
            parts = list(case.selection.batches(TableName("t"), 3, 500, 100))
            assert [part.num_rows for part in parts] == [100, 100, 100, 100, 97]
            orders.append(parts)
    assert orders[0] == orders[1]


def test_keys_without_a_selected_parent_are_set_null_where_the_plan_says_so(shop: str, tmp_path: Path) -> None:
    alone = [Edge(TableName("customer"), (column,), missing=Missing.NULL) for column in ("friend", "mentor")]
    with closing(shop, tmp_path, roots=["customer"], edges=alone) as case:
        case.add("customer", "id in (1, 4)")
        assert case.ids("customer") == [1, 4]
        keys = {key.columns: key.name for key in case.closure.schema.table(TableName("customer")).foreign_keys}
        assert case.nulled("customer", keys["friend",]) == [1]
        assert case.nulled("customer", keys["mentor",]) == [1]
        assert case.selection.tables[TableName("customer")].nulled == {keys["friend",]: 1, keys["mentor",]: 1}


def test_a_whole_table_with_keys_to_set_null_is_named_row_by_row(tmp_path: Path) -> None:
    url = database(
        tmp_path,
        """
        create table p(id integer primary key); create table q(id integer primary key);
        create table c(id integer primary key, p int references p(id), q int references q(id));
        insert into p values (1), (2); insert into q values (1), (2);
        insert into c values (1, 1, 1), (2, 2, 2), (3, 9, 9), (4, null, null), (5, 2, 1);
        """,
    )
    with closing(url, tmp_path, roots=["p"], edges=[Edge(TableName("c"), ("p",), missing=Missing.NULL)]) as case:
        case.closure.add_whole(TableName("c"))
        case.closure.add_whole(TableName("q"))
        case.add("p", "id = 1")
        keys = {key.columns: key.name for key in case.closure.schema.table(TableName("c")).foreign_keys}
        assert case.nulled("c", keys["p",]) == [2, 5]
        told = case.selection.tables[TableName("c")]
        assert (told.whole, told.rows, told.direct) == (False, 5, 4)
        assert dict(told.orphans) == {keys["p",]: 1, keys["q",]: 1}
