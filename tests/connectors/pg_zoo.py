"""PostgreSQL databases made of everything that the catalog can say and every type that a column can have."""

from __future__ import annotations

import psycopg

TYPES = r"""
CREATE TYPE mood AS ENUM ('sad', 'so so', 'glücklich, ja');
CREATE TYPE pair AS (a int, b text);
CREATE TYPE span AS RANGE (subtype = float8);
CREATE DOMAIN small AS int CHECK (VALUE > 0);
CREATE DOMAIN code AS varchar(5) NOT NULL CHECK (VALUE <> 'VALUE');
CREATE DOMAIN smaller AS small CHECK (VALUE < 100);
CREATE DOMAIN ints AS int[];
CREATE DOMAIN moods AS mood;
CREATE TABLE zoo (
  id int PRIMARY KEY, bo bool, i2 smallint, i8 bigint, o oid, f4 real, f8 double precision, n numeric, n102 numeric(10,2),
  n38 numeric(38,10), n380 numeric(38,0), n55 numeric(5,5), nneg numeric(3,-2), nwide numeric(60,5), m money,
  t text, v varchar(10), c char(6), cc "char", nm name, d date, tm time, tmz timetz, ts timestamp, tsz timestamptz,
  iv interval, u uuid, j json, jb jsonb, x xml, b bytea, bi bit(5), vb varbit(9), e mood, p pair, r int4range, mr int4multirange,
  sp span, dr daterange, ip inet, ci cidr, mac macaddr, pt point, pg polygon, tv tsvector, tq tsquery, rc regclass, lsn pg_lsn,
  ia int[], ta text[], ea mood[], na numeric(8,2)[], pa pair[], sm small, sr smaller, co code DEFAULT 'x', di ints, dm moods,
  jp jsonpath, ts3 timestamp(3)
);
INSERT INTO zoo VALUES (1, true, -32768, 9223372036854775807, 4294967295, 'NaN', '-0', 'NaN', -0.05, 1234567890123456789.0123456789,
  99999999999999999999999999999999999999, 0.00001, 12300, 1.50000, '$12.34', E'tab\t "q" \\ nl\n', 'väl', 'ab', 'x', 'nom',
  'infinity', '24:00', '24:00-15:59', 'infinity', '-infinity',
  '1 year -2 mons +3 days -04:05:06.000007',
  '00000000-0000-0000-0000-0000000000ff', '{"a":1, "a": 2}', '{"b":[null]}', NULL, '\x00ff', B'10101', B'1', 'glücklich, ja',
  '(1,"x ""y")', '[1,5)',
  '{[1,3),[7,9)}', '(,1.5]', '[2020-01-01,)', '10.0.0.1/8', '10.0.0.0/8', '08:00:2b:01:02:03', '(1,2)',
  '((0,0),(1,1),(1,0))', 'a:1A fat', 'a & b', 'zoo', '16/B374D848', '{{1,2},{NULL,4}}', '[2:3]={a,"b,c"}', '{sad,NULL}',
  '{1.50,-2.25}', ARRAY[(1,'a')::pair], 7, 8, 'ab', '{1,NULL}', 'sad', '$.a[*]', '2020-01-01 00:00:00.123');
INSERT INTO zoo VALUES (2, false, 0, -9223372036854775808, 0, '-Infinity', 1e-320, 'Infinity', 99999999.99, -0.0000000001, -1,
  -0.99999, -99900, -0.00001, '-$0.01', '', '', '', '', '', '4713-11-24 BC', '00:00:00.000001', '00:00+14', '4713-11-24 00:00 BC',
  '294276-12-31 23:59:59.999999+00', '-00:00:01',
  'ffffffff-ffff-ffff-ffff-ffffffffffff', 'null', 'null', NULL, '', B'00000', B'',
  'sad', '(,)', 'empty', '{}', 'empty', 'empty', '::1', '::/0', '00:00:00:00:00:00', '(-0,1e300)', '((0,0))', '', '',
  'pg_class', '0/0',
  '{}', '{}', '{}', '{}', '{}', 1, 1, '', '{}', 'so so', '$', '1970-01-01');
INSERT INTO zoo (id) VALUES (3);
"""
"""Where a value is odd, it is so on purpose: infinities, BC, 24:00, shifted array bounds, signed zeros, empty everything."""

CATALOG = '''
CREATE SCHEMA "Odd ""Schema""";
CREATE TABLE parent (id int GENERATED ALWAYS AS IDENTITY PRIMARY KEY, a int NOT NULL, b text NOT NULL,
  mail text, twice int GENERATED ALWAYS AS (a * 2) STORED, price numeric(8,2) DEFAULT 1.5,
  UNIQUE (a, b), CONSTRAINT positive CHECK (a > 0 AND price > 0));
COMMENT ON TABLE parent IS 'a parent'; COMMENT ON COLUMN parent.a IS 'an a';
CREATE UNIQUE INDEX parent_mail ON parent (lower(mail)) WHERE a > 5;
CREATE UNIQUE INDEX parent_covering ON parent (a, price) INCLUDE (b) NULLS NOT DISTINCT;
CREATE TABLE "Odd ""Schema"""."order" (
  "select" serial PRIMARY KEY, "naïve %s {x}" text, parent int REFERENCES parent ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED,
  other int, pa int, pb text, self int REFERENCES "Odd ""Schema"""."order",
  CONSTRAINT pair_fk FOREIGN KEY (pa, pb) REFERENCES parent (a, b) MATCH FULL ON UPDATE SET NULL);
ALTER TABLE "Odd ""Schema"""."order" ADD CONSTRAINT other_fk FOREIGN KEY (other) REFERENCES parent NOT VALID;
CREATE TABLE measure (city int NOT NULL, day date NOT NULL, value int, parent int REFERENCES parent, PRIMARY KEY (city, day))
  PARTITION BY RANGE (day);
CREATE TABLE measure_old PARTITION OF measure FOR VALUES FROM (MINVALUE) TO ('2020-01-01') PARTITION BY LIST (city);
CREATE TABLE measure_old_1 PARTITION OF measure_old FOR VALUES IN (1);
CREATE TABLE measure_old_rest PARTITION OF measure_old DEFAULT;
CREATE TABLE measure_new PARTITION OF measure FOR VALUES FROM ('2020-01-01') TO (MAXVALUE);
ALTER TABLE measure_new ADD CONSTRAINT own_key FOREIGN KEY (city) REFERENCES parent, ADD CONSTRAINT own_unique UNIQUE (value);
CREATE TABLE base (id int PRIMARY KEY, note text);
CREATE TABLE heir (extra int CHECK (extra <> 13)) INHERITS (base);
CREATE VIEW adults AS SELECT id FROM parent WHERE a >= 18;
CREATE MATERIALIZED VIEW totals AS SELECT count(*) AS n FROM parent;
CREATE FUNCTION touch() RETURNS trigger LANGUAGE plpgsql AS $f$ BEGIN
-- Name: fake; Type: TABLE; Schema: public; Owner: -
RETURN NEW; END; $f$;
CREATE TRIGGER touched BEFORE UPDATE ON parent FOR EACH ROW EXECUTE FUNCTION touch();
CREATE TRIGGER resting BEFORE INSERT ON base FOR EACH ROW EXECUTE FUNCTION touch();
ALTER TABLE base DISABLE TRIGGER resting;
CREATE SEQUENCE free_sequence;
CREATE PUBLICATION feed FOR TABLE parent;
'''

ROWS = '''
INSERT INTO parent (a, b, mail, price) SELECT g, 'b' || g, 'M' || g || '@x.org', g FROM generate_series(1, 30) g;
INSERT INTO "Odd ""Schema"""."order" ("naïve %s {x}", parent, pa, pb, self)
  SELECT 'o' || g, g, g, 'b' || g, CASE WHEN g > 1 THEN 1 END FROM generate_series(1, 30) g;
SET session_replication_role = replica;
UPDATE "Odd ""Schema"""."order" SET other = 999 WHERE "select" = 3;
RESET session_replication_role;
INSERT INTO measure SELECT 1 + g % 3, date '2019-12-20' + g, g, 1 FROM generate_series(1, 40) g;
INSERT INTO base VALUES (1, 'b'), (2, 'c'); INSERT INTO heir VALUES (1, 'h', 5), (7, 'i', 6);
REFRESH MATERIALIZED VIEW totals;
'''


def build(url: str, *scripts: str) -> str:
    """Run the scripts in the database and give its URL back."""
    with psycopg.connect(url, autocommit=True) as connection:
        for script in scripts:
            connection.execute(script.encode())
    return url


def cleared(url: str) -> str:
    """Drop every schema of the database: quicker than a new one."""
    schemas = ask(url, "SELECT quote_ident(nspname) FROM pg_namespace WHERE nspname !~ '^pg_|^information_schema$'")
    return build(url, *(f"DROP SCHEMA {row[0]} CASCADE" for row in schemas), "CREATE SCHEMA public")


def ask(url: str, sql: str) -> list[tuple[object, ...]]:
    with psycopg.connect(url, autocommit=True) as connection:
        return connection.execute(sql.encode()).fetchall()
