"""What stands at each path of the JSON or XML documents in a column: every path is judged like a column of its own."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import pyarrow as pa
import pyarrow.compute as pc

from connectors.names import TableName
from connectors.sampling import DOCUMENT
from connectors.schema import Column, Kind, Schema, Table
from engine.masking.paths import ANY_KEY, PLAIN_KEY, Path, Wild, print_path
from engine.profiling.detector import clues
from engine.profiling.document_maps import Keys, fold_maps, is_map, may_be_map, usual
from engine.profiling.document_trees import (
    JSON_START,
    XML_START,
    Node,
    Tree,
    Value,
    lay_json,
    lay_xml,
    leaves,
    read_all,
)
from engine.profiling.facts import LONGEST, ColumnFacts, Sample
from engine.profiling.finding import Finding, NotExamined, PathFinding
from engine.profiling.fusion import decide
from engine.profiling.naming import Rows, entity_of, rows_of, tokens
from engine.profiling.people import rows_are_people
from engine.profiling.taxonomy import TAXONOMY

DOCUMENTS = frozenset({Kind.JSON, Kind.XML, Kind.TEXT, Kind.OTHER})
PROBE = 50
"""Texts that are looked at to tell whether a text column holds documents."""
MOST = 0.9
"""Of them have to be."""
PATHS = 300
"""Judged per column."""
TOLD = 5_000
"""Paths of one column that are remembered, judged or not."""
SECONDS = 4.0
"""Processor time for judging the paths of one column."""
CODE = "document"
"""Of `NotExamined`."""
KEYS = "x"
"""What the keys of a map are called, a name that says nothing."""
CONTAINERS = frozenset("""
    data payload json jsonb xml doc docs document documents body content contents attribute attributes attrs property properties props
    meta metadata info information detail details extra extras field fields value values custom config configuration setting settings
    option options param params parameter parameters arg args request response result results object objects record records raw entry
    entries item items element elements list root node envelope message event state context blob text daten inhalt donnees datos dati
    gegevens dados
""".split())  # fmt: skip
"""Names that say nothing of what is in them."""
HTML = frozenset("""
    a abbr article b big blockquote body br button center code dd div dl dt em font footer form h1 h2 h3 h4 h5 h6 head header hr html i
    img li main nav ol p pre s section small span strike strong sub sup table tbody td tfoot th thead title tr u ul
""".split())  # fmt: skip
"""Elements of formatted prose, which is no document of fields."""
AMBIGUOUS = frozenset("""
    abbey alpha amber angel april archer art august austin autumn axel bill birch blue bond booker brook carol case cash
    chance chase christian cliff coral crystal dale dawn dean delta dot drew duke earl eve faith field florence forest frank
    gene georgia glen grace grant guy harmony heath heather holly hope iris ivory ivy jade jasmine jay jean jewel journey
    joy june king lane laurel legend lily link london long love madison major mark marina marshall mason max may melody
    mercy mike min miles misty morgan norm nova olive page paris parker pat patience pearl penny pepper pierce porter price
    prince queen rank ray reed rich robin rod rose royal ruby rusty sage scout serenity sharp sierra sky star sterling stone
    storm summer sunny tanner taylor temple tiger treasure trinity trip val victor victoria viola virginia wade ward whitney
    will winter wolf young
""".split())  # fmt: skip
"""First names that are words, and so names of fields too: they say nothing of the keys among which they stand."""
NAME_LIKE = re.compile(r"[^\W\d][\w -]{0,39}")
PLAIN_NUMBER = re.compile(r"-?(?:0|[1-9]\d{0,8})(?:\.\d{1,9})?")
PERSONAL_KEYS = frozenset(
    "full_name first_name last_name email phone ip_address mac_address us_ssn national_id tax_id iban credit_card".split()
)
"""What keys are told to be by themselves, even few of them."""


@dataclass(frozen=True, slots=True)
class DocumentsFound:
    """What the documents of one column hold."""

    paths: tuple[PathFinding, ...] = ()
    """In the order in which they are met."""
    beyond: tuple[str, ...] = ()
    """Paths that were seen and not judged."""
    partly: bool = False
    """A limit was reached at which another look would tell other paths."""
    not_examined: tuple[NotExamined, ...] = ()
    form: Kind | None = None
    """JSON or XML; None where the column holds no documents."""


def read_documents(facts: ColumnFacts) -> DocumentsFound:
    """Every path of a column's documents with what it holds; nothing for a column that holds none."""
    form = documents_in(facts)
    if form is None:
        return DocumentsFound()
    tree, judging, maps = _laid(facts, form)
    paths = tuple(judging.findings(tree.root, maps))
    told, partly = _told(tree, judging)
    judged = {path.path for path in paths if not path.keys}
    beyond = tuple(path for path in told if path not in judged)
    return DocumentsFound(paths, beyond, partly, tuple(_missed(facts, form, tree, judging.left)), form)


def see_documents(facts: ColumnFacts) -> tuple[tuple[str, ...], bool]:
    """Every path of a column's documents, judged or not, and whether another look would tell others: a limit was reached."""
    form = documents_in(facts)
    if form is None:
        return (), False
    tree, judging, _ = _laid(facts, form)
    return _told(tree, judging)


def _laid(facts: ColumnFacts, form: Kind) -> tuple[Tree, _Judging, tuple[Keys, ...]]:
    """The documents over each other, with their maps folded."""
    tree = read_all(_texts(facts), lay_json if form is Kind.JSON else lay_xml, _longest(facts))
    judging = _Judging(facts, form)
    return tree, judging, tuple(fold_maps(tree.root, judging.data_keys))


def _told(tree: Tree, judging: _Judging) -> tuple[tuple[str, ...], bool]:
    found = [print_document_path(path, judging.form) for path, node in leaves(tree.root) if path or node.values]
    return tuple(found[:TOLD]), tree.late or judging.late or len(found) > TOLD


def documents_in(facts: ColumnFacts) -> Kind | None:
    """JSON or XML where the column holds such documents, whatever its type says."""
    kind = facts.column.kind
    if kind in (Kind.JSON, Kind.XML):
        return kind
    if kind not in DOCUMENTS or facts.sample is None:
        return None
    texts = [text for text in _texts(facts, PROBE) if text.strip()]
    if _most(JSON_START, texts):
        tree = read_all(texts, lay_json, _longest(facts))
        return Kind.JSON if tree.read >= MOST * len(texts) else None
    if _most(XML_START, texts):
        tree = read_all(texts, lay_xml, _longest(facts))
        fields = {step for step in tree.root.below if isinstance(step, str)} - HTML
        return Kind.XML if tree.read >= MOST * len(texts) and fields else None
    return None


def _most(start: re.Pattern[str], texts: Sequence[str]) -> bool:
    return bool(texts) and sum(start.match(text) is not None for text in texts) >= MOST * len(texts)


def _longest(facts: ColumnFacts) -> int:
    """Documents of so many characters may have been cut by the sample."""
    return LONGEST * (DOCUMENT if facts.column.kind in (Kind.JSON, Kind.XML) else 1)


def _texts(facts: ColumnFacts, most: int | None = None) -> list[str]:
    if facts.sample is None:
        return []
    try:
        distinct = facts.sample.distinct.slice(0, most).cast(pa.string())
    except (pa.ArrowInvalid, pa.ArrowNotImplementedError):
        return []
    texts: list[str] = distinct.to_pylist()
    return texts


def _missed(facts: ColumnFacts, form: Kind, tree: Tree, left: int) -> Iterator[NotExamined]:
    told = {
        f"{tree.malformed} of {tree.read + tree.malformed} documents are no {form.upper()}": tree.malformed,
        f"of {tree.cut} of {tree.read} documents only the beginning was read": tree.cut,
        f"{tree.left} documents beyond the first {tree.read + tree.malformed} were not read": tree.left,
        f"{left} paths beyond the first ones were not judged": left,
    }
    for reason, count in told.items():
        if count:
            yield NotExamined(facts.table.name, facts.column.name, CODE, reason)


def print_document_path(path: Path, form: Kind) -> str:
    """The path as a plan writes it."""
    if form is Kind.XML:
        names = (step.value.strip(".") if isinstance(step, Wild) else str(step) for step in path)
        return "".join(f"/{name}" for name in names) or "/"
    parts = [
        f"['{step}']" if isinstance(step, str) and not PLAIN_KEY.fullmatch(step) else print_path((step,))[1:]
        for step in path
    ]
    return "$" + "".join(parts)


class _Judging:
    """Asks all detectors of each path of one column."""

    def __init__(self, facts: ColumnFacts, form: Kind) -> None:
        self._facts, self.form = facts, form
        self._until = time.process_time() + SECONDS
        self.left = 0
        self.late = False
        """Time was up while maps were told from objects."""

    def findings(self, root: Node, maps: Sequence[Keys]) -> Iterator[PathFinding]:
        found = list(leaves(root))
        names = _siblings(path for path, _ in found)
        for number, (path, node) in enumerate(found):
            if number >= PATHS or time.process_time() > self._until:
                self.left += 1
            elif path or node.values:
                yield self._judged(path, node, names)
        for keys in maps:
            finding = _decided(self._facts_of(keys.path, KEYS, keys.keys))
            words = tuple(f"keys of a map: {words}" for words in finding.evidence)
            if finding.entity is not None:
                printed = print_document_path(keys.path, self.form)
                yield PathFinding(printed, finding.entity, finding.probability, words, keys.documents, keys=True)

    def _judged(self, path: Path, node: Node, names: dict[Path, tuple[str, ...]]) -> PathFinding:
        facts = self._facts_of(path, self._name(path), node.values, names.get(path[:-1], ()))
        finding, printed = _decided(facts), print_document_path(path, self.form)
        inside = [each for each in read_documents(facts).paths if each.entity is not None]
        if not inside:
            return PathFinding(printed, finding.entity, finding.probability, finding.evidence, len(node.documents))
        evidence = tuple(
            f"a document itself, with {TAXONOMY[each.entity or ''].words} at {each.path}" for each in inside
        )
        return PathFinding(
            printed, "free_text", max(each.probability for each in inside), evidence, len(node.documents)
        )

    def data_keys(self, node: Node, keys: Sequence[str], path: Path) -> Sequence[str]:
        """The keys of an object that are values themselves."""
        if is_map(node, keys):
            return keys
        if self.form is Kind.XML:
            return ()
        if may_be_map(node, keys) and not any(map(self._is_field, keys)):
            return keys
        odd = [key for key in keys if not PLAIN_KEY.fullmatch(key) and not (usual(node, key) and self._is_field(key))]
        plain = [key for key in keys if PLAIN_KEY.fullmatch(key)]
        return keys if self._tell_people(plain, path) else odd

    def _tell_people(self, keys: Sequence[str], path: Path) -> bool:
        """Are these keys, which look like names of fields, names or addresses of people?"""
        telling = [key for key in keys if key.casefold() not in AMBIGUOUS]
        if not telling or any(map(self._is_field, telling)):
            return False
        if time.process_time() > self._until:
            self.late = True
            return False
        return _decided(self._facts_of((*path, ANY_KEY), KEYS, telling)).entity in PERSONAL_KEYS

    def _is_field(self, key: str) -> bool:
        """Is this key what a column could be called?"""
        return (
            NAME_LIKE.fullmatch(key) is not None
            and entity_of(self._facts.table.name, key, Kind.TEXT, people=True) is not None
        )

    def _facts_of(self, path: Path, name: str, values: Sequence[Value], beside: Sequence[str] = ()) -> ColumnFacts:
        """A column of this name with these values, in a table called like the object around it."""
        column, array = _column(name, values, self.form)
        others = tuple(Column(each, "text", Kind.TEXT) for each in beside if each != name)
        table = Table(self._context(path), (column, *others))
        schema = Schema(self._facts.schema.dialect, self._facts.schema.default_schema, (table,))
        # An object in a row of a person is the person's, unless its name says that it is something else.
        people = rows_are_people(table) or (self._facts.people and rows_of(table.name) in (None, Rows.PEOPLE))
        return ColumnFacts(schema, table, column, Sample(array), people, self._facts.person)

    def _name(self, path: Path) -> str:
        """The last key that is the name of a field, else the column's own."""
        return next((_bare(step) for step in reversed(path) if isinstance(step, str)), self._facts.column.name)

    def _context(self, path: Path) -> TableName:
        """What the object is called in which this path ends: the nearest name that says something."""
        keys = [_bare(step) for step in path if isinstance(step, str)]
        for name in reversed([self._facts.column.name, *keys[:-1]] if keys else ()):
            if not CONTAINERS.issuperset(tokens(name)):
                return TableName(name)
        return self._facts.table.name


def _siblings(paths: Iterator[Path]) -> dict[Path, tuple[str, ...]]:
    """The names of the fields of each object."""
    found: dict[Path, dict[str, None]] = {}
    for path in paths:
        if path and isinstance(path[-1], str):
            found.setdefault(path[:-1], {})[_bare(path[-1])] = None
    return {above: tuple(names) for above, names in found.items()}


def _decided(facts: ColumnFacts) -> Finding:
    return decide(facts, clues(facts))


def _bare(step: str) -> str:
    return step.removeprefix("@")


def _column(name: str, values: Sequence[Value], form: Kind) -> tuple[Column, pa.Array]:
    """A column that could hold these values."""
    if form is Kind.XML and values and all(isinstance(v, str) and PLAIN_NUMBER.fullmatch(v) for v in values):
        values = [float(v) if "." in str(v) else int(v) for v in values]
    types = {type(value) for value in values}
    if types == {bool}:
        return Column(name, "boolean", Kind.BOOLEAN), pa.array(values, pa.bool_())
    if types == {int}:
        return Column(name, "bigint", Kind.INTEGER, precision=64), pa.array(values, pa.int64())
    if types and types <= {int, float}:
        return Column(name, "double precision", Kind.FLOAT), pa.array([float(v) for v in values], pa.float64())
    texts = [value if isinstance(value, str) else str(value) for value in values]
    return Column(name, "text", Kind.TEXT), pc.utf8_slice_codeunits(_strings(texts), 0, LONGEST)


def _strings(texts: Sequence[str]) -> pa.Array:
    """Half a surrogate pair, which JSON can write and UTF-8 cannot, becomes the replacement character."""
    return pa.array([text.encode("utf-16", "surrogatepass").decode("utf-16", "replace") for text in texts], pa.string())
