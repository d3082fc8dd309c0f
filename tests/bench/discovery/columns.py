"""How well discovery tells which columns are personal, and what they hold, judged on databases that it was not fitted on.

    python -m tests.bench.discovery.columns FOLDER [--rivals] [--weights FILE] [--result FILE]

FOLDER holds the databases that `databases.LABELLED` and `databases.MORE` name. Each of the first is left out once: weights and
calibration come from the others. `--rivals` also has plain Presidio read the values (minutes); `--weights` writes what all of
them together give.
"""

from __future__ import annotations

import argparse
import datetime
import json
import sys
import tempfile
from collections import Counter, defaultdict
from collections.abc import Iterable, Sequence
from pathlib import Path

from engine.profiling.fusion import PERSONAL, Weights, decide, weights
from tests.bench.discovery.databases import LABELLED, MORE, opened, servers_when_needed
from tests.bench.discovery.evidence import Evidence, evidence
from tests.bench.discovery.fit import BY_HAND, calibrated, left_out
from tests.bench.discovery.invented import FRESH, SCHEMAS, invented
from tests.bench.discovery.labels import read_labels
from tests.bench.discovery.measures import Judged, f1_by_type, precision, recall, reliability, summary
from tests.bench.discovery.rivals import by_name, by_presidio, presidio_counts
from tests.bench.report import write_result

COMMAND = "python -m tests.bench.discovery.columns FOLDER"


def gather(folder: Path, names: Iterable[str], labels: str) -> list[Evidence]:
    """Facts and clues of every labelled column of these databases."""
    told = read_labels(labels)
    found: list[Evidence] = []
    with servers_when_needed() as create, tempfile.TemporaryDirectory() as work:
        for name in names:
            with opened(folder, name, create, Path(work)) as source:
                found += evidence(source, [label for label in told if label.database == name])
    return found


def judged(column: Evidence, fitted: Weights) -> Judged:
    """As discovery judges it, documents by their paths."""
    if column.facts is None:
        return Judged(column.label, None, 0.0)
    finding = decide(column.facts, column.clues, fitted)
    inside = max((path for path in column.paths if path.entity), key=lambda path: path.probability, default=None)
    if finding.entity is None and inside is not None:
        return Judged(column.label, inside.entity, max(PERSONAL, inside.probability))
    return Judged(column.label, finding.entity, finding.probability)


def lists(columns: Sequence[Judged]) -> dict[str, Sequence[Judged]]:
    """What is measured: all columns, those that nobody would doubt, and those that came labelled with the data."""
    return {
        "all": columns,
        "undoubted": [each for each in columns if not each.label.doubtful],
        "given": [each for each in columns if each.label.given],
    }


def shown(name: str, figures: dict[str, object]) -> str:
    """One line of the table."""

    def interval(key: str) -> str:
        value, low, high = figures[key]  # type: ignore[misc]
        return f"{value:.3f} [{low:.3f}, {high:.3f}]"

    return (
        f"{name:34} {figures['personal']:>4}/{figures['columns']:<4} {interval('recall')}  {interval('precision')}  "
        f"{interval('macro_f1')}  {figures['traps_flagged']}/{figures['traps']:<3} {figures['brier']:.3f}  "
        f"{figures['calibration_error']:.3f}"
    )


def report(title: str, columns: Sequence[Judged]) -> dict[str, object]:
    """Prints a line for each list, and gives the figures."""
    found: dict[str, object] = {}
    for name, chosen in lists(columns).items():
        if chosen:
            found[name] = summary(chosen)
            print(shown(f"{title}: {name}", found[name]))
    return found


def errors(columns: Sequence[Judged]) -> dict[str, list[str]]:
    """Names of columns that came out wrong, by kind of error."""
    found: dict[str, list[str]] = defaultdict(list)
    for each in columns:
        if each.entity == each.label.entity:
            continue
        kind = {(True, False): "missed", (False, True): "false alarm"}.get(each.outcome, "wrong type")
        place = f"{each.label.database}.{each.label.table}.{each.label.column}"
        mark = " (doubtful)" if each.label.doubtful else ""
        found[kind].append(f"{place}: {each.label.entity} -> {each.entity} {each.probability:.2f}{mark}")
    return found


def print_details(title: str, columns: Sequence[Judged]) -> None:
    print(f"\n{title}, by database: recall, precision")
    by_database: dict[str, list[Judged]] = defaultdict(list)
    for each in columns:
        by_database[each.label.database].append(each)
    for name, inside in by_database.items():
        print(f"  {name:24} {len(inside):4} columns  {recall(inside)[0]:.3f}  {precision(inside)[0]:.3f}")
    print(f"{title}, by type: columns, F1")
    print("  " + ", ".join(f"{name} {count} {f1:.2f}" for name, (count, f1) in f1_by_type(columns).items()))
    for kind, places in errors(columns).items():
        print(f"{title}, {kind}: {len(places)}")
        print("".join(f"  {place}\n" for place in places), end="")


def compare_presidio(columns: Sequence[Evidence]) -> dict[str, dict[str, object]]:
    """Twice: whatever it sees most often, as presidio-structured has it by default, and only where half of the values have it."""
    counted = [(each, *presidio_counts(each)) for each in columns]
    found = {}
    for title, least in (("presidio, any value", 0.0), ("presidio, half of the values", 0.5)):
        found[title] = report(title, [by_presidio(each, of, seen, least) for each, of, seen in counted])
    return found


def save_weights(path: Path, fitted: Weights, columns: Sequence[Evidence]) -> None:
    data = {
        "fitted": {
            "date": datetime.date.today().isoformat(),
            "command": f"{COMMAND} --weights FILE",
            "databases": sorted({each.label.database for each in columns}),
            "columns": len(columns),
        },
        "features": {name: round(value, 3) for name, value in fitted.features.items()},
        "rest": round(fitted.rest, 3),
        "slope": round(fitted.slope, 3),
        "shift": round(fitted.shift, 3),
    }
    path.write_text(json.dumps(data, indent=1) + "\n", encoding="utf-8")


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--rivals", action="store_true")
    parser.add_argument("--weights", type=Path)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()

    columns = gather(arguments.folder, LABELLED, "labels.csv")
    more = gather(arguments.folder, MORE, "labels_more.csv")
    new, fresh = list(invented(SCHEMAS)), list(invented(FRESH))
    sure = [each for each in columns if not each.label.doubtful]
    outside, whole = left_out(sure), calibrated(sure)

    print(
        f"{'':34} personal  recall                personal precision     macro-F1              traps brier  calibration"
    )
    ours = [judged(each, outside[each.label.database]) for each in columns]
    results: dict[str, object] = {"left out": report("left out", ours)}
    results["in sample"] = report("in sample", [judged(each, whole) for each in columns])
    results["by hand"] = report("weights by hand", [judged(each, BY_HAND) for each in columns])
    results["as shipped"] = report("as shipped", [judged(each, weights()) for each in columns])
    others = [judged(each, whole) for each in more]
    results["more databases"] = report("more databases", others)
    unseen = [judged(each, whole) for each in new]
    results["invented"] = report("invented", unseen)
    never = [judged(each, whole) for each in fresh]
    results["invented, fresh"] = report("invented, fresh", never)
    results["names only"] = report("names only", [by_name(each) for each in columns])
    results["names only, invented"] = report("names only, invented", [by_name(each) for each in (*new, *fresh)])
    if arguments.rivals:
        results |= compare_presidio(columns)

    print_details("left out", ours)
    print_details("more databases", others)
    print_details("invented", unseen)
    print_details("invented, fresh", never)
    rows = reliability(ours)
    print("\nreliability: from, columns, said, true")
    print(
        "".join(f"  {row['from']:.1f} {row['columns']:4} {row['said']:.3f} {row['true']:.3f}\n" for row in rows), end=""
    )
    seconds = sum(each.seconds for each in columns) / len(columns)
    print(f"detectors: {1000 * seconds:.1f} ms of processor time a column")
    print(f"weights: {whole}")

    if arguments.weights:
        save_weights(arguments.weights, whole, sure)
    if arguments.result:
        results |= {
            "reliability": rows,
            "errors": errors(ours),
            "types": f1_by_type(ours),
            "errors invented": errors(unseen),
        }
        results |= {
            "detector_ms": round(1000 * seconds, 2),
            "detectors": Counter(c.detector for e in columns for c in e.clues),
        }
        write_result(arguments.result, " ".join([COMMAND, *sys.argv[2:]]), results)


if __name__ == "__main__":
    main()
