"""Structured values through a whole run: PostgreSQL's own arrays, documents and pictures, read and loaded again by its own types."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import psycopg
import pytest
from PIL import Image

from connectors import open_database
from engine.check import check
from engine.clone import clone
from engine.keys import MaskingKey
from engine.plan_toml import read_plan
from engine.problems import errors
from engine.verify import verify
from engine.workspace import open_workspace

KEY = MaskingKey("k", b"k" * 32)
TABLE = """
CREATE TYPE mood AS ENUM ('sad', 'ok');
CREATE TABLE odd ("Id" int PRIMARY KEY, tags text[], born date[], grid int[][], ids uuid[], short varchar(16)[],
  seen timestamptz[], pays numeric(10,2)[], flags bool[],
  doc json, docb jsonb, note text, face bytea, mails text, hash varchar(60), day text, epoch bigint)
"""
PLAN = """
version = 1
name = "odd"
key = "k"
[tables.odd]
treatment = "mask"
[tables.odd.columns]
Id = { keep = "a number" }
tags = { mask = "elements", of = "email" }
born = { mask = "elements", of = "date_shift" }
grid = { mask = "elements", of = "pseudonym" }
ids = { mask = "elements", of = "pseudonym" }
short = { mask = "elements", of = "token" }
seen = { mask = "elements", of = { mask = "date_shift", max_days = 9 } }
pays = { mask = "elements", of = { mask = "number_round", to = 100 } }
flags = { mask = "elements", of = { mask = "constant", value = true } }
doc = { mask = "json_path", paths = { "$..email" = "email", "$.n" = "keep" } }
docb = { mask = "json_path", paths = { "$..email" = "email", "$.n" = "keep" } }
note = { mask = "xml_path", paths = { "//name" = "full_name" } }
face = { mask = "image" }
mails = { mask = "elements", of = "email", separator = ";" }
hash = { mask = "password_hash", scheme = "bcrypt", cost = 4 }
day = { mask = "date_text", formats = ["%d.%m.%Y"] }
epoch = { mask = "date_text", formats = ["unix"] }
"""
DOCUMENT = '{"b" : 1.50, "n":[1e2, 1.0],"x": {"email":"ada@x.org"}, "n": 7}'


def rows(picture: bytes) -> list[tuple[Any, ...]]:
    return [
        (1, "[0:1]={ada@x.org,NULL}", '{1980-02-03,infinity,"0044-03-15 BC"}', "{{1,2},{NULL,4}}",
         "{c0ffee00-0000-4000-8000-000000000001}", '{"a, b",NULL,""}', '{"2024-01-02 03:04:05.123456+02",-infinity}',
         "{51234.50,NULL}", "{t,f,NULL}", DOCUMENT, DOCUMENT, "<a><!-- Ada --><name>Ada Byron</name></a>", picture,
         "ada@x.org; bob@y.org", "$2b$10$x", "03.02.1980", 318402305),
        (2, "{}", None, "{}", None, "{}", None, "{}", None, "null", "[]", "x<b>y</b>", b"none", "", None, "n/a", None),
        (3, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None, None),
    ]  # fmt: skip


def read(url: str, expression: str, where: str = '"Id" = 1') -> Any:
    with psycopg.connect(url.replace("+psycopg", "")) as connection:
        found = connection.execute(f"SELECT {expression} FROM odd WHERE {where}").fetchone()  # type: ignore[arg-type]
        return found and found[0]


@pytest.mark.parametrize("new_database", ["postgresql"], indirect=True)
def test_structured_values_are_masked_and_load_as_what_they_were(new_database, tmp_path: Path) -> None:  # type: ignore[no-untyped-def]
    source, target = new_database(), new_database()
    file = BytesIO()
    Image.effect_noise((30, 20), 50).save(file, "PNG")
    with psycopg.connect(source, autocommit=True) as connection:
        connection.execute(TABLE)
        for row in rows(file.getvalue()):
            connection.execute(f"INSERT INTO odd VALUES ({', '.join(['%s'] * len(row))})", row)  # type: ignore[arg-type]
    plan = read_plan(PLAN)
    with open_database(source) as database, open_database(target) as goal:
        assert errors(check(plan, database.describe())) == ()
        evidence = clone(plan, database, goal, KEY, workspace=open_workspace(tmp_path))
        assert verify(plan, goal, KEY, workspace=open_workspace(tmp_path)).faults() == []
    unknown = {issue.column: issue.message for issue in evidence.issues if issue.code == "json-path-unknown"}
    assert unknown.keys() == {"doc", "docb", "note"}
    assert "$.b (1)" in unknown["doc"]
    assert read(target, "array_dims(tags)") == "[0:1]"
    assert read(target, "tags[0] LIKE '%@example.com' AND tags[1] IS NULL")
    assert read(target, "born[2] = 'infinity' AND born[3] is null AND born[1] <> '1980-02-03'")
    assert read(target, "array_dims(grid) = '[1:2][1:2]' AND grid[2][1] IS NULL AND grid[1][1] NOT IN (1, 2)")
    assert read(target, "ids[1] <> 'c0ffee00-0000-4000-8000-000000000001' AND array_length(ids, 1) = 1")
    assert read(target, "short[1] <> 'a, b' AND short[2] IS NULL AND array_length(short, 1) = 3")
    assert read(target, "seen[1]::time = timestamptz '2024-01-02 03:04:05.123456+02'::time AND seen[2] = '-infinity'")
    assert read(target, "pays = '{51200,NULL}' AND flags = '{t,t,NULL}'")
    mail = read(target, "tags[0]")
    assert read(target, "doc::text") == DOCUMENT.replace("1.50", "null").replace("ada@x.org", mail)
    assert read(target, "docb->'x'->>'email'") == mail
    assert read(target, "docb->'n'") == 7
    assert "Ada" not in read(target, "note")
    assert read(target, "note", '"Id" = 2') == "<b></b>"
    assert Image.open(BytesIO(read(target, "face"))).size == (30, 20)
    assert read(target, "face", '"Id" = 2') == bytes(4)
    assert read(target, "mails").startswith(f"{mail}; ")
    assert read(target, "length(hash)") == 60
    assert read(
        target, "day ~ '^\\d\\d\\.\\d\\d\\.\\d{4}$' AND day <> '03.02.1980' AND (epoch - 318402305) % 86400 = 0"
    )
    assert read(target, "day = '' AND grid = '{}'", '"Id" = 2')
    assert read(target, "num_nulls(tags, doc, note, face, mails, hash, day, epoch)", '"Id" = 3') == 8
