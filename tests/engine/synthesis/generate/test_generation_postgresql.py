"""PostgreSQL takes generated rows: identities, enums, UUIDs, generated columns, its own writing of conditions."""

from __future__ import annotations

import psycopg
import pyarrow as pa

from connectors import open_database
from connectors.names import TableName
from engine.synthesis.generate.repairs import Repairs
from engine.synthesis.structure import Goes
from tests.engine.synthesis.generate.made import case, faults, load, rows

DDL = """
CREATE TYPE mood AS ENUM ('sad', 'glad');
CREATE DOMAIN percent AS integer CHECK (VALUE BETWEEN 0 AND 100);
CREATE TABLE kind (code varchar(3) PRIMARY KEY);
INSERT INTO kind VALUES ('abc'), ('d');
CREATE TABLE "Person" (
    id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY, token uuid NOT NULL UNIQUE, "Mood" mood NOT NULL,
    status varchar(10) CHECK (status IN ('on', 'off')), share percent, kind varchar(3) NOT NULL REFERENCES kind,
    first varchar(30), last varchar(30), mail varchar(80), weight numeric(5, 1) CHECK (weight > 1.5),
    twice numeric GENERATED ALWAYS AS (weight * 2) STORED, born date, seen timestamptz, tags text[], CHECK (seen >= born)
);
CREATE UNIQUE INDEX one_mail ON "Person" (lower(mail)) WHERE status = 'on';
CREATE TABLE visit (
    person_id bigint NOT NULL REFERENCES "Person" DEFERRABLE, "order" smallint NOT NULL, name varchar(60),
    witness bigint REFERENCES "Person", began timestamp NOT NULL, ended timestamp,
    PRIMARY KEY (person_id, "order"), CHECK (ended > began), UNIQUE (person_id, began)
);
CREATE TABLE bill (
    id bigint, person_id bigint NOT NULL REFERENCES "Person", paid timestamptz NOT NULL, PRIMARY KEY (id, paid)
) PARTITION BY RANGE (paid);
CREATE TABLE bill_2020 PARTITION OF bill FOR VALUES FROM ('2020-01-01 00:00+00') TO ('2021-01-01 00:00+00');
CREATE TABLE bill_2022 PARTITION OF bill FOR VALUES FROM ('2022-01-01 00:00+00') TO ('2023-01-01 00:00+00');
"""
LEARNED = {
    "Person": {
        "Mood": ["sad", "glad"], "status": ["on", "off", "gone", None], "share": [0, 50, 100], "kind": ["abc", "d"],
        "weight": [1.0, 1.6, 70.5], "born": ["1990-01-01", "2021-01-01"], "seen": ["2020-05-05", "2022-06-06"],
    },
    "visit": {
        "began": ["2020-01-01", "2020-01-02", "2021-01-01"], "ended": ["2020-01-02", "2021-02-02", None],
    },
    "bill": {"paid": ["2020-05-05", "2021-05-05", "2022-05-05", "2023-05-05"]},
}  # fmt: skip
MASKED = {
    "Person": {"first": "first_name", "last": "last_name", "mail": "email", "tags": "null"},
    "visit": {"name": "full_name"},
}


def test_postgresql_takes_what_is_generated(new_postgresql):
    url = new_postgresql()
    with psycopg.connect(url) as connection:
        connection.execute(DDL)
    with open_database(url) as opened:
        schema = opened.describe()
    owners = {"Person": None, "visit": ("person_id",), "bill": ("person_id",)}
    made = case(None, "", owners, {("visit", "witness"): Goes.PARTNER}, LEARNED, MASKED, schema=schema)
    made.linked = {TableName("kind"): pa.table({"code": ["abc", "d"]})}
    repairs = Repairs()
    blocks = made.generate(300, repairs=repairs, block=100)
    load(url, schema, blocks)
    assert faults(url, schema) == {}
    assert repairs.unproven == set()
    assert rows(blocks, "Person").num_rows == 300
    assert "twice" not in rows(blocks, "Person").column_names
    mails = rows(blocks, "Person").column("mail").to_pylist()
    assert len(set(mails)) == 300
