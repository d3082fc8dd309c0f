from __future__ import annotations

from dataclasses import replace

from connectors.names import TableName
from engine.plan import Plan, fingerprint
from engine.plan_toml import read_plan
from tests.engine.tables import plan, rule

ONE = plan({"a": {"x": "token", "y": "keep"}, "b": {"z": "email"}})


def test_comments_reasons_and_order_leave_the_fingerprint_alone() -> None:
    turned = plan(
        {"b": {"z": rule("z", "email", reason="98 %")}, "a": {"y": rule("y", "keep", reason="another"), "x": "token"}}
    )
    assert fingerprint(turned) == fingerprint(ONE)
    text = 'version = 1\nname = "n"\nkey = "k"\n[tables.a]\ntreatment = "mask"\n[tables.a.columns]\nx = { mask = "token" }\n'
    assert fingerprint(read_plan(text)) == fingerprint(read_plan("# hello\n" + text.replace(" }", " } # why")))


def test_every_decision_changes_the_fingerprint() -> None:
    changed: list[Plan] = [
        plan({"a": {"x": "redact", "y": "keep"}, "b": {"z": "email"}}),
        plan({"a": {"x": rule("x", "token", {"length": 17}), "y": "keep"}, "b": {"z": "email"}}),
        plan({"a": {"x": rule("x", "token", domain="d"), "y": "keep"}, "b": {"z": "email"}}),
        plan({"a": {"x": "token", "y": None}, "b": {"z": "email"}}),
        replace(ONE, locale="de_DE"),
        replace(ONE, key="other"),
        replace(ONE, accept=("keep-personal",)),
        replace(ONE, target_schemas={"public": "qa"}),
        replace(ONE, tables={TableName("a"): ONE.tables[TableName("a")]}),
    ]
    assert len({fingerprint(other) for other in [ONE, *changed]}) == len(changed) + 1
