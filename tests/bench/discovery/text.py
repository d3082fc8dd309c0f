"""How well people, places and numbers are found in texts, by ours and by Presidio as it comes, with the same language model.

    python -m tests.bench.discovery.text FOLDER [--result FILE]

FOLDER holds `generated_large.json.gz` and `generated_small.json` of presidio-research. The rules are the same for both finders:

- Types are those of the data as presidio-research maps them: ADDRESS is LOCATION, PREFIX and TITLE are not judged; a type
  that the data does not label (NRP, AGE ...) is not judged. Of Presidio's finds that overlap the one with the highest score
  stays, then the longest.
- Forms of address ("Mrs.") are no part of a person, neither where the data says so nor where a finder does.
- Neighbours of one type with nothing but blanks and punctuation between them are one.
- A find is right where its type is right and its characters and those of the label have an intersection over union of at least 0.5
  (0.9, the default of presidio-research, is reported too); each label is found once.

Texts are made from templates: rules were tuned on those with an even number, the others are held out. Intervals are at 95 %, by
bootstrap over templates. F2 weighs recall twice.
"""

from __future__ import annotations

import argparse
import gzip
import json
import logging
import re
import sys
import time
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from engine.text.find import find
from engine.text.model import MODELS
from tests.bench.report import write_result

OURS = {
    "person": "PERSON", "place": "LOCATION", "address": "LOCATION", "country": "LOCATION", "organization": "ORGANIZATION",
    "date": "DATE_TIME", "birth_date": "DATE_TIME", "email": "EMAIL_ADDRESS", "phone": "PHONE_NUMBER", "url": "URL",
    "ip": "IP_ADDRESS", "card": "CREDIT_CARD", "iban": "IBAN_CODE", "ssn": "US_SSN", "licence": "US_DRIVER_LICENSE",
}  # fmt: skip
LABELS = {"ADDRESS": "LOCATION", "DOMAIN_NAME": "URL"}
JUDGED = frozenset(OURS.values())
TITLE = re.compile(r"(?:mrs?|ms|miss|dr|prof|mx)\.?(?=\s|$)\s*", re.IGNORECASE)
GAP = re.compile(r"[\W_]*")
IOU = 0.5
BOOTSTRAPS = 1000

Found = tuple[int, int, str]
Counts = dict[str, "np.ndarray[Any, Any]"]


@dataclass(frozen=True)
class Text:
    text: str
    template: int
    labels: tuple[Found, ...]


def read(file: Path) -> list[Text]:
    data = gzip.decompress(file.read_bytes()) if file.suffix == ".gz" else file.read_bytes()
    return [
        Text(
            each["full_text"],
            each["template_id"],
            joined(
                each["full_text"],
                [
                    (span["start_position"], span["end_position"], LABELS.get(span["entity_type"], span["entity_type"]))
                    for span in each["spans"]
                ],
            ),
        )
        for each in json.loads(data)
    ]


def ours(texts: Sequence[str]) -> list[list[Found]]:
    return [
        [(span.start, span.end, OURS[span.entity]) for span in spans if span.entity in OURS] for spans in find(texts)
    ]


def presidio(texts: Sequence[str], threshold: float) -> list[list[Found]]:
    """Presidio with the recognisers and the settings it comes with."""
    import tldextract
    from presidio_analyzer import AnalyzerEngine, BatchAnalyzerEngine
    from presidio_analyzer.nlp_engine import NlpEngineProvider

    logging.getLogger("presidio-analyzer").setLevel(logging.ERROR)
    tldextract.extract = tldextract.TLDExtract(suffix_list_urls=(), cache_dir=None)  # else it asks the network
    nlp = NlpEngineProvider(
        nlp_configuration={"nlp_engine_name": "spacy", "models": [{"lang_code": "en", "model_name": MODELS["en"][0]}]}
    )
    analyzer = BatchAnalyzerEngine(AnalyzerEngine(nlp_engine=nlp.create_engine(), default_score_threshold=threshold))
    found = analyzer.analyze_iterator(list(texts), language="en", batch_size=64)
    return [_best(of_text) for of_text in found]


def _best(results: Iterable[Any]) -> list[Found]:
    kept: list[Any] = []
    for each in sorted(results, key=lambda each: (-each.score, each.start - each.end)):
        if all(each.end <= other.start or other.end <= each.start for other in kept):
            kept.append(each)
    return [(each.start, each.end, each.entity_type) for each in kept]


def joined(text: str, spans: Iterable[Found]) -> tuple[Found, ...]:
    """Judged spans in order: without forms of address, neighbours of one type as one."""
    out: list[Found] = []
    for start, end, kind in sorted(span for span in spans if span[2] in JUDGED):
        if kind == "PERSON" and (title := TITLE.match(text, start, end)):
            start = title.end()
        if start >= end:
            continue
        if out and out[-1][2] == kind and GAP.fullmatch(text, out[-1][1], start):
            out[-1] = (out[-1][0], end, kind)
        else:
            out.append((start, end, kind))
    return tuple(out)


def judged(text: Text, found: Iterable[Found], iou: float) -> Counts:
    """Type -> right finds, wrong finds, labels not found."""
    counts: Counts = defaultdict(lambda: np.zeros(3, int))
    finds, labels = list(joined(text.text, found)), list(text.labels)
    pairs = sorted(((overlap(a, b), a, b) for a in finds for b in labels if a[2] == b[2]), reverse=True)
    for share, a, b in pairs:
        if share >= iou and a in finds and b in labels:
            finds.remove(a)
            labels.remove(b)
            counts[a[2]][0] += 1
    for a in finds:
        counts[a[2]][1] += 1
    for b in labels:
        counts[b[2]][2] += 1
    return counts


def overlap(a: Found, b: Found) -> float:
    common = min(a[1], b[1]) - max(a[0], b[0])
    return max(0, common) / (max(a[1], b[1]) - min(a[0], b[0]))


def f2(counts: np.ndarray[Any, Any]) -> np.ndarray[Any, Any]:
    """Of right, wrong and missed, in the last dimension."""
    right, wrong, missed = counts[..., 0], counts[..., 1], counts[..., 2]
    return 5 * right / np.maximum(1, 5 * right + 4 * missed + wrong)


def compare(texts: Sequence[Text], finds: Mapping[str, Sequence[Sequence[Found]]], iou: float) -> dict[str, Any]:
    """F2 of all and, under the usual rule, by type, of each finder, with the gain over Presidio."""
    kinds = ["all", *sorted(JUDGED if iou == IOU else ())]
    tables = {name: _by_template(texts, found, iou) for name, found in finds.items()}
    return {kind: _compared({name: table[kind] for name, table in tables.items()}) for kind in kinds}


def _by_template(texts: Sequence[Text], found: Sequence[Sequence[Found]], iou: float) -> Counts:
    """Type -> counts, a row for each template."""
    templates = sorted({text.template for text in texts})
    table: Counts = {kind: np.zeros((len(templates), 3), int) for kind in ["all", *JUDGED]}
    for text, of_text in zip(texts, found, strict=True):
        row = templates.index(text.template)
        for kind, counts in judged(text, of_text, iou).items():
            table[kind][row] += counts
            table["all"][row] += counts
    return table


def _compared(tables: Counts) -> dict[str, Any]:
    drawn = np.random.default_rng(5).integers(0, len(tables["ours"]), (BOOTSTRAPS, len(tables["ours"])))
    totals = {name: table[drawn].sum(axis=1) for name, table in tables.items()}
    out: dict[str, Any] = {"labels": int(tables["ours"][:, [0, 2]].sum())}
    for name, table in tables.items():
        right, wrong, missed = table.sum(axis=0)
        out[name] = {
            "f2": _percent(f2(table.sum(axis=0))), "interval": _interval(f2(totals[name])),
            "precision": _percent(right / max(1, right + wrong)), "recall": _percent(right / max(1, right + missed)),
        }  # fmt: skip
    for name in tables.keys() - {"ours"}:
        gain = f2(tables["ours"].sum(axis=0)) - f2(tables[name].sum(axis=0))
        out[f"gain over {name}"] = {
            "points": _percent(gain),
            "interval": _interval(f2(totals["ours"]) - f2(totals[name])),
        }
    return out


def _percent(share: Any) -> float:
    return round(100 * float(share), 1)


def _interval(drawn: np.ndarray[Any, Any]) -> list[float]:
    return [_percent(each) for each in np.quantile(drawn, [0.025, 0.975])]


def halves(texts: Sequence[Text]) -> dict[str, list[int]]:
    return {
        "development": [place for place, text in enumerate(texts) if text.template % 2 == 0],
        "held out": [place for place, text in enumerate(texts) if text.template % 2 == 1],
        "both": list(range(len(texts))),
    }


def measure(texts: Sequence[Text]) -> dict[str, Any]:
    written = [text.text for text in texts]
    finds, seconds = {}, {}
    for name, finder in {
        "ours": ours,
        "presidio": lambda texts: presidio(texts, 0.0),
        "presidio at 0.4": lambda texts: presidio(texts, 0.4),
    }.items():
        started = time.process_time()
        finds[name] = finder(written)
        seconds[name] = round(time.process_time() - started, 1)
    results = {
        f"{half}, IoU {iou}": compare(
            [texts[place] for place in places],
            {name: [found[place] for place in places] for name, found in finds.items()},
            iou,
        )
        for half, places in halves(texts).items()
        for iou in (IOU, 0.9)
    }
    return {"texts": len(texts), "cpu_seconds": seconds} | results


def show(title: str, result: Mapping[str, Any]) -> None:
    print(f"\n{title}")
    print(f"{'type':20}{'labels':>7}{'ours':>8}{'':16}{'presidio':>9}{'at 0.4':>8}{'gain':>8}")
    for kind, row in result.items():
        gain = row["gain over presidio"]
        print(
            f"{kind:20}{row['labels']:7}{row['ours']['f2']:8} {row['ours']['interval']!s:15}{row['presidio']['f2']:9}"
            f"{row['presidio at 0.4']['f2']:8}{gain['points']:8} {gain['interval']}"
        )


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("folder", type=Path)
    parser.add_argument("--result", type=Path)
    arguments = parser.parse_args()
    measured = {
        name: measure(read(arguments.folder / name)) for name in ("generated_large.json.gz", "generated_small.json")
    }
    for name, result in measured.items():
        for part, table in result.items():
            if "IoU 0.5" in part:
                show(f"{name}: {part}", table)
    if arguments.result:
        command = " ".join(["python -m tests.bench.discovery.text", "FOLDER", *sys.argv[2:]])
        write_result(arguments.result, command, {"measured": measured})


if __name__ == "__main__":
    main()
