"""Plans that mix masked, public and synthesised tables, from a source to a verified target, by the command line."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from engine.commands.status import Status
from tests.shoppers import shop_plan
from tests.walk.shop_walk import Walk

CONDITIONS = 'conditions = ["country"]\n'


@pytest.fixture(scope="module")
def kept(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("kept") / "w"


@pytest.fixture
def trained(walk: Walk, kept: Path) -> Walk:
    """A walk whose workspace has the model `first`, learned once for all tests of this file."""
    if kept.exists():
        shutil.copytree(kept, walk.folder / "w")
        return walk
    plan = walk.plan(shop_plan(more=CONDITIONS))
    status, model = walk("train", plan, "--source", walk.source, "--name", "first")
    assert (status, model["guarantee"]["kind"]) == (0, "dp")
    shutil.copytree(walk.folder / "w", kept)
    return walk


def test_a_mixed_plan_ends_in_a_target_whose_keys_hold_and_claims_nothing_for_what_was_masked(walk: Walk) -> None:
    plan = walk.plan(shop_plan(more='generate = "300 entities"'))
    status, evidence = walk.run(plan)
    assert (status, evidence.get("state")) == (0, "complete"), evidence
    assert evidence["tables"]["customer"] == evidence["tables"]["customer"] | {"treatment": "synthesize", "rows": 300}
    assert evidence["guarantee"]["kind"] == "none"
    assert "masked" in evidence["guarantee"]["reason"]
    [learned] = evidence["guarantees"]
    assert learned["kind"] == "dp"
    assert 0 < learned["epsilon"] <= 8.0
    assert walk.rows("pragma foreign_key_check") == []
    assert walk.rows("select count(*) from customer") == [(300,)]
    assert walk.rows("select count(*) from country") == [(5,)]
    theirs = set(walk.rows("select email from customer", "shop.db"))
    assert not theirs & set(walk.rows("select email from customer"))
    assert walk.rows('select count(*) from "order" where clerk is not null') != [(0,)]
    status, verified = walk("verify", plan, "--target", walk.target())
    assert (status, verified["ok"], verified["faults"]) == (0, True, [])
    walk.rows("delete from item where rowid in (select rowid from item limit 1)")
    status, verified = walk("verify", plan, "--target", walk.target())
    assert status == Status.FAULT
    assert verified["faults"][0].startswith("item: ")


def test_a_second_learning_is_refused_and_a_stored_model_is_sampled_for_nothing(trained: Walk) -> None:
    walk, plan = trained, trained.plan(shop_plan(more=f'{CONDITIONS}generate = "50 entities"'))
    spent = walk("budget")[1]
    status, refused = walk.run(plan)
    assert status == Status.REFUSED
    assert "cap" in refused["error"]["message"]
    assert not (walk.folder / "target.db").exists() or walk.rows("select name from sqlite_master") == []
    status, evidence = walk.run(plan, "--model", "first", "--seed", "7")
    assert (status, evidence["synthesis"]["model"], evidence["synthesis"]["seed"]) == (0, "first", 7)
    status, _ = walk.run(plan, "--model", "first", "--seed", "7", target="again.db")
    assert status == 0
    both = [walk.rows('select * from "order" order by id', target) for target in ("target.db", "again.db")]
    assert both[0] == both[1] != []
    assert walk("budget")[1] == spent


def test_what_is_learned_without_a_promise_is_sealed_and_says_so_everywhere(walk: Walk) -> None:
    plan = walk.plan(shop_plan("inf", more='generate = "40 entities"'))
    status, model = walk("train", plan, "--source", walk.source, "--name", "open")
    assert (status, model["guarantee"]["kind"]) == (0, "none")
    assert "infinite" in model["guarantee"]["reason"]
    stored = {file.name for file in (walk.folder / "w" / "models" / "open").iterdir()}
    assert stored == {"hash", "manifest.json.sealed", "tensors.safetensors.sealed"}
    status, evidence = walk.run(plan, "--model", "open")
    assert (status, evidence["guarantees"][0]["kind"]) == (0, "none")
    status, refused = walk("train", walk.plan(shop_plan()), "--source", walk.source, "--name", "after")
    assert status == Status.REFUSED
    assert "without differential privacy" in refused["error"]["message"]


def test_a_changed_model_is_not_sampled(trained: Walk) -> None:
    walk = trained
    manifest = walk.folder / "w" / "models" / "first" / "manifest.json"
    manifest.write_text(manifest.read_text().replace('"entities": ', '"entities": 1'))
    status, refused = walk("sample", "first", "-o", str(walk.folder / "out"), "--keys", walk.source)
    assert (status, (walk.folder / "out").exists()) == (Status.FAILED, False)
    assert "changed" in refused["error"]["message"]


@pytest.mark.parametrize("kind", ["parquet", "csv"])
def test_samples_are_files_of_whole_entities_and_need_the_keys_they_refer_to(trained: Walk, kind: str) -> None:
    import pyarrow.csv as csv
    import pyarrow.parquet as parquet

    walk, folder = trained, trained.folder / "out"
    words = ("sample", "first", "-o", str(folder), "--entities", "60", "--format", kind)
    status, refused = walk(*words)
    assert (status, "--keys" in refused["error"]["message"], folder.exists()) == (Status.FAILED, True, False)
    status, said = walk(*words, "--keys", walk.source)
    assert (status, said["entities"]) == (0, 60)
    read = parquet.read_table if kind == "parquet" else csv.read_csv
    customers, orders = read(folder / f"customer.{kind}"), read(folder / f"order.{kind}")
    assert customers.num_rows == 60
    assert set(orders["customer_id"].to_pylist()) <= set(customers["id"].to_pylist())


def test_rare_values_are_oversampled_and_a_condition_holds_for_every_entity(trained: Walk) -> None:
    wanted = 'generate = "200 entities"\nbalance = "country"\nwhere = "country in (\'CA\', \'US\')"'
    walk, plan = trained, trained.plan(shop_plan(more=CONDITIONS + wanted))
    assert walk.run(plan, "--model", "first")[0] == 0
    counts = dict(walk.rows("select country, count(*) from customer group by 1"))
    assert set(counts) == {"CA", "US"}
    assert abs(counts["CA"] - counts["US"]) <= 20
