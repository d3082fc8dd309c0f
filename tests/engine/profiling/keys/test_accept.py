"""What becomes of a key that a person accepts: one domain for both ends, and a word where domains in use are put together."""

from __future__ import annotations

from connectors.names import TableName
from connectors.schema import Schema
from engine.check import check
from engine.column_domains import column_domains
from engine.domains import DomainSpec, domain_spec
from engine.plan import Plan
from engine.profiling.keys.accept import to_declared
from engine.profiling.keys.inferred import InferredKey
from engine.subset.declared import declared
from tests.engine.tables import column, integer, plan, schema, table

POST, PHOTO, COMMENT = (TableName(name) for name in ("post", "photo", "comment"))
SCHEMA = schema(
    table("post", integer("id"), key=("id",)),
    table("photo", integer("id"), key=("id",)),
    table("comment", integer("id"), column("kind"), integer("about"), key=("id",)),
)
KEYS = tuple(
    InferredKey(COMMENT, ("about",), parent, ("id",), 0.9, (), f"kind = '{parent}'") for parent in (POST, PHOTO)
)


def masked(*keys: InferredKey) -> Plan:
    rules = {
        "post": {"id": "pseudonym"},
        "photo": {"id": "pseudonym"},
        "comment": {"id": "keep", "kind": "keep", "about": "pseudonym"},
    }
    return plan(rules, foreign_keys=tuple(map(to_declared, keys)))


def agreed(said: Plan, described: Schema) -> dict[str, DomainSpec]:
    """As runs with this plan leave them beside the key."""
    domains = column_domains(said, declared(said, described))
    return {name: domain_spec(name, "pseudonym", 1, [integer("id")]) for name in domains.values()}


def merged(said: Plan, known: dict[str, DomainSpec]) -> list[tuple[str | None, str | None]]:
    return [(str(p.table), p.column) for p in check(said, SCHEMA, agreed=known) if p.code == "domain-merged"]


def test_the_parents_of_a_polymorphic_column_are_one_domain_with_it() -> None:
    domains = column_domains(masked(*KEYS), declared(masked(*KEYS), SCHEMA))
    assert len({domains[POST, "id"], domains[PHOTO, "id"], domains[COMMENT, "about"]}) == 1


def test_a_column_that_was_masked_by_itself_before_is_named_when_a_key_joins_it_to_another() -> None:
    before = agreed(masked(), SCHEMA)
    found = merged(masked(*KEYS), before)
    assert ("comment", "about") in found
    assert len(found) == 2
    assert merged(masked(), before) == []


def test_a_key_that_was_there_from_the_first_run_on_merges_nothing() -> None:
    said = masked(*KEYS)
    assert merged(said, agreed(said, SCHEMA)) == []
