"""`lookalike subset`: proposed in the plan, looked at before a run, explained row by row."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from shutil import copy

import pytest

from connectors.names import TableName
from engine import cli
from engine.plan_toml import read_plan
from engine.subset.spec import Roots

Call = Callable[..., tuple[int, str, str]]
CUSTOMER = TableName("customer")


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with a source, a plan for it, and a workspace whose vault is there already."""
    folder = tmp_path_factory.mktemp("subset")
    (folder / "passphrase").write_text("correct horse\n")
    (folder / "passphrase").chmod(0o600)
    with closing(sqlite3.connect(folder / "source.db")) as connection:
        connection.executescript(_tables())
    for words in (
        ["plan", f"sqlite:///{folder / 'source.db'}", "-o", str(folder / "plan.toml"), "--accept"],
        ["key", "new", "default"],
    ):
        assert cli.main([*words, *_of(folder)]) == 0
    return folder


def _of(folder: Path) -> list[str]:
    return ["--workspace", str(folder / "workspace"), "--passphrase-file", str(folder / "passphrase")]


@pytest.fixture
def plan(tmp_path: Path, made: Path) -> Path:
    return Path(copy(made / "plan.toml", tmp_path))


@pytest.fixture
def lookalike(made: Path, plan: Path, capfd: pytest.CaptureFixture[str]) -> Call:
    def call(verb: str, *words: str) -> tuple[int, str, str]:
        source = f"sqlite:///{made / 'source.db'}"
        status = cli.main(["subset", verb, str(plan), "--source", source, *words, *_of(made)])
        return int(status), *capfd.readouterr()

    capfd.readouterr()
    return call


def _tables() -> str:
    return """
    create table country (id integer primary key, name text);
    create table customer (id integer primary key, country integer references country (id), boss integer references customer (id));
    create table "order" (id integer primary key, customer integer not null references customer (id), note text);
    create table line ("order" integer references "order" (id), no integer, article integer references article (id),
        primary key ("order", no));
    create table article (id integer primary key, name text);
    insert into country values (1, 'Canada'), (2, 'Peru');
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 200)
        insert into customer select i, i % 2 + 1, case when i > 1 then i / 2 end from n;
    with recursive n (i) as (select 1 union all select i + 1 from n where i < 100) insert into article select i, 'a' || i from n;
    insert into "order" select i.id * 10 + k.id, i.id, 'x' from customer i, country k;
    insert into line select o.id, 1, o.id % 100 + 1 from "order" o;
    insert into line values (11, 2, 999);
    """


def test_a_proposed_subset_is_read_as_what_was_asked_for(lookalike: Call, plan: Path) -> None:
    before = plan.read_text()
    status, out, _ = lookalike("propose", "--root", "customer", "--where", "id <= 4", "--json")
    assert status == 0
    data = json.loads(out)
    assert [each["table"] for each in data["whole"]] == ["country"]
    follow = {edge["key"]: edge["follow"] for edge in data["edges"]}
    assert sorted(follow.values()) == ["none", "none", "none", "owned", "owned"]
    subset = read_plan(plan).subset
    assert subset is not None
    assert (subset.roots, subset.whole, subset.edges) == ((Roots(CUSTOMER, "id <= 4"),), (TableName("country"),), ())
    text = plan.read_text()
    assert text.count("# { table = ") == 5
    assert set(before.splitlines()) <= set(text.splitlines())
    assert text.index("[subset]") < text.index("[tables")


def test_a_line_of_the_proposal_that_a_person_takes_the_sign_from_is_an_edge(lookalike: Call, plan: Path) -> None:
    lookalike("propose", "--root", "customer", "--rows", "3")
    text = plan.read_text()
    for line in text.splitlines():
        if line.strip().startswith("# { table = "):
            plan.write_text(text.replace(line, line.replace("# {", "{", 1)))
            subset = read_plan(plan).subset
            assert subset is not None
            assert len(subset.edges) == 1
            assert lookalike("plan", "--estimate")[0] == 0


def test_proposing_again_renews_the_roots_and_keeps_what_a_person_wrote(lookalike: Call, plan: Path) -> None:
    lookalike("propose", "--root", "customer", "--percent", "10")
    text = plan.read_text().replace("whole = [", "whole = [ # mine").replace('# { table = "order"', '{ table = "order"')
    plan.write_text(text)
    status, out, _ = lookalike("propose", "--root", "order", "--key", "11", "--key", "12", "--size", "5 MB", "--json")
    assert (status, json.loads(out)["renewed"]) == (0, True)
    subset = read_plan(plan).subset
    assert subset is not None
    assert subset.roots == (Roots(TableName("order"), keys=(("11",), ("12",))),)
    assert (subset.size, len(subset.edges), "# mine" in plan.read_text()) == (5_000_000, 1, True)


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--root", "custmer"), 3, "Did you mean customer?"),
        (("--root", "customer", "--where", "id ="), 3, "is not one SQL condition"),
        (("--root", "customer", "--where", "ident = 3"), 3, "a column that is not there"),
        (("--root", "customer", "--where", "id = 3; delete from customer"), 3, "is not one SQL condition"),
        (("--root", "customer", "--percent", "120"), 2, "up to 100"),
        (("--root", "customer", "--size", "5 bananas"), 2, "Not a size"),
        (("--root", "customer", "--key", "1,2"), 3, "has 1"),
        (("--root", "a.b.c"), 2, "Not a table name"),
        ((), 2, "root"),
    ],
)
def test_a_proposal_that_does_not_fit_changes_nothing(
    lookalike: Call, plan: Path, words: tuple[str, ...], status: int, said: str
) -> None:
    before = plan.read_text()
    got, _, err = lookalike("propose", *words)
    assert (got, plan.read_text()) == (status, before)
    assert said in " ".join(err.split())


def test_the_plan_of_a_subset_counts_what_a_run_would_take(lookalike: Call) -> None:
    lookalike("propose", "--root", "customer", "--where", "id in (5, 1)")
    status, out, _ = lookalike("plan", "--json")
    assert status == 0
    data = json.loads(out)
    rows = {each["table"]: each["rows"] for each in data["exact"]["tables"]}
    # 5 has the bosses 2 and 1; customers 5 and 1 have two orders each, with a line each, and one of them a line more.
    assert rows == {"country": 2, "customer": 3, "order": 4, "line": 5, "article": 4}
    line = next(each for each in data["exact"]["tables"] if each["table"] == "line")
    assert (sum(line["orphans"].values()), line["downstream"]) == (1, 5)
    assert data["estimate"]["tables"]["order"] == 4
    assert [name for name, rows in data["source_rows"].items() if rows == 200] == ["customer"]


def test_an_estimate_alone_follows_no_key(lookalike: Call) -> None:
    lookalike("propose", "--root", "customer", "--percent", "50")
    status, out, _ = lookalike("plan", "--estimate", "--json")
    data = json.loads(out)
    assert (status, data["exact"]) == (0, None)
    assert 180 <= data["estimate"]["tables"]["order"] <= 220


def test_people_see_the_same_in_words(lookalike: Call) -> None:
    lookalike("propose", "--root", "customer", "--where", "id in (5, 1)", "--size", "1 GB")
    status, out, _ = lookalike("plan")
    assert status == 0
    assert "Most rows come by line." in out
    assert "line: the parent of 1 row by" in out
    assert "every root is taken" in out


def test_why_a_row_is_there_leads_to_its_root(lookalike: Call) -> None:
    lookalike("propose", "--root", "customer", "--key", "1")
    status, out, _ = lookalike("why", "--table", "article", "--key", "13")
    assert status == 0
    assert out.splitlines() == [
        "article id = 13 is the parent of a selected row (line.line_fk2):",
        "line order = 12, no = 1 is a child of an owned row (line.line_fk1):",
        "order id = 12 is a child of an owned row (order.order_fk1):",
        "customer id = 1 is a root: the plan asks for it.",
    ]
    status, out, _ = lookalike("why", "--table", "article", "--key", "13", "--json")
    chain = json.loads(out)["chain"]
    assert [step["table"] for step in chain] == ["article", "line", "order", "customer"]
    assert [step["reached_by"] and step["reached_by"]["direction"] for step in chain] == ["up", "down", "down", None]


@pytest.mark.parametrize(
    ("words", "status", "said"),
    [
        (("--table", "article", "--key", "50"), 0, "not in the subset"),
        (("--table", "article", "--key", "5000"), 1, "no row has this key"),
        (("--table", "line", "--key", "11"), 1, "give 2 values"),
        (("--table", "artcle", "--key", "11"), 1, "Did you mean article"),
    ],
)
def test_a_row_that_is_not_there_is_said_so(lookalike: Call, words: tuple[str, ...], status: int, said: str) -> None:
    lookalike("propose", "--root", "customer", "--key", "1")
    got, out, err = lookalike("why", *words)
    assert got == status
    assert said in out + err


def test_a_plan_without_a_subset_says_how_to_get_one(lookalike: Call) -> None:
    status, _, err = lookalike("plan")
    assert status == 2
    assert "`lookalike subset propose` writes one" in err


def test_nothing_of_the_selection_is_left_behind(lookalike: Call, made: Path) -> None:
    lookalike("propose", "--root", "customer", "--key", "1")
    lookalike("plan")
    lookalike("why", "--table", "customer", "--key", "1")
    assert list((made / "workspace").glob("subset-*")) == []
