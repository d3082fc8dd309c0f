"""What the Evidence page says, without a window: order, words, bounds, and a filter over thousands of figures."""

from __future__ import annotations

from time import perf_counter

import pytest
from hypothesis import given
from hypothesis import strategies as st

from desktop.backend.evidence_told import drawn_of, figure_index, metric_title, results_of, summary_of
from desktop.models.charts import Heat, Pairs
from desktop.models.evidence import Result
from desktop.models.evidence_found import ResultsGrid, Sieve, attacks, gravity, metrics, result_tone, result_word
from desktop.theme.tokens import Tone
from engine.privacy.said import sentences
from engine.report.figures import figures_of
from engine.report.words import told
from tests.engine.assessment.made import GUARANTEE, QUALITY, RISKS, assessed
from tests.engine.report.made import comparison

SOME = st.none() | st.floats(0, 1)
RESULTS = st.builds(
    Result, st.sampled_from(["risk", "quality"]), st.sampled_from(["one", "other"]), st.text(max_size=9), st.just("fidelity"),
    st.text(max_size=9), st.text(max_size=9), st.text(max_size=9), st.sampled_from(["measured", "invalid", "not measured"]),
    st.sampled_from(["pass", "fail", "not measured", "measured"]), SOME, SOME, SOME, SOME, SOME, SOME, SOME, st.booleans(),
    st.booleans(), st.sampled_from([None, True, False]),
)  # fmt: skip


def test_the_guarantee_is_said_in_the_engines_own_sentences():
    said = summary_of(assessed()).guarantee
    assert summary_of(assessed()).claims == (
        "No guarantee: keyed pseudonymisation is not differential privacy.",
        "Of shoppers: epsilon 3, delta 1e-06.",
    )
    assert said[0] == "Of shoppers: epsilon 3, delta 1e-06."
    assert said[1:-1] == sentences(GUARANTEE)
    assert said[-1] == "No guarantee: keyed pseudonymisation is not differential privacy."


def test_a_target_that_learned_nothing_has_no_epsilon_anywhere():
    said = " ".join(summary_of(assessed(guarantees=())).guarantee)
    assert said == "No guarantee: keyed pseudonymisation is not differential privacy."


def test_a_line_that_fails_names_what_fails_and_what_helps():
    summary = summary_of(assessed("strict"))
    failing = [line for line in summary.lines if line.verdict == "fail" and line.applies]
    assert failing
    assert all(line.failing for line in failing)
    helped = [line for line in failing if line.asked.startswith("attack")]
    assert all(line.remedies for line in helped)
    assert all(not line.remedies for line in summary.lines if line.verdict == "pass")


def test_no_policy_is_no_verdict():
    summary = summary_of(assessed(None))
    assert summary.verdict == "no policy"
    assert summary.lines == ()
    assert summary.sentence == ""


def test_attacks_stand_as_in_the_report_with_the_bound_of_the_policy():
    given_ = assessed("strict")
    found = attacks(tuple(results_of(given_)), summary_of(given_).told)
    assert [each.name for each in found] == [each.attack for each in told(RISKS)]
    first = found[0]
    assert (first.name, first.tone, first.head) == ("rematching", "alarm", "62 of 100 · 1 alarm")
    assert first.remedy
    classes = next(each for each in found if each.name == "classes")
    assert [row.limit for row in classes.spans.rows] == [0.04]
    assert "policy: at most 4" in classes.spans.rows[0].said


def test_what_was_not_measured_has_its_reason_and_no_number():
    found = attacks(tuple(results_of(assessed())), summary_of(assessed()).told)
    missing = next(each for each in found if each.name == "singling_out")
    assert missing.head == "not measured"
    assert missing.measured == ()
    assert missing.reasons == (("There are 5 records, and 20 are the least.", 1),)


def test_a_rule_that_does_not_hold_comes_before_every_other_metric():
    from dataclasses import replace

    broken = replace(QUALITY[0], metric="KeyUniqueness", value=0.5, passed=False)
    found = metrics(tuple(results_of(assessed(quality=(*QUALITY, broken)))))
    assert found[0].name == "KeyUniqueness"
    assert found[0].head == "1 of 1 do not hold"
    assert found[0].rules
    assert found[1].family == "validity"


@pytest.mark.parametrize(
    ("name", "title"),
    [
        ("CardinalityShapeSimilarity", "Cardinality shape similarity"), ("TVComplement", "TV complement"),
        ("C2ST-Agg", "C2ST-Agg"), ("SQLWorkloadError", "SQL workload error"), ("k_anonymity_of_groups", "K anonymity of groups"),
    ],
)  # fmt: skip
def test_a_metric_is_called_in_words(name, title):
    assert metric_title(name) == title


@given(st.lists(RESULTS, max_size=12))
def test_alarms_and_broken_rules_are_never_below_anything_else(results):
    ordered = sorted(results, key=gravity, reverse=True)
    wrong = [each.alarm or each.passed is False for each in ordered]
    assert wrong == sorted(wrong, reverse=True)
    for finding in metrics([each for each in results if each.kind == "quality"]):
        assert finding.spans.ends[0] < finding.spans.ends[1]
        assert len(finding.measured) == len(finding.spans.rows) + finding.spans.undrawn


@given(st.lists(RESULTS, max_size=12))
def test_every_figure_says_its_verdict_by_word_and_sign(results):
    grid = ResultsGrid(results, tuple("123456789"))
    for row, each in enumerate(results):
        assert grid.text(row, 2) == result_word(each)
        if each.alarm or each.passed is False:
            assert grid.tone(row, 2) is Tone.BAD
            assert result_tone(each) == "alarm"


def test_thousands_of_figures_are_filtered_between_two_keys():
    base = tuple(results_of(assessed()))
    sieve = Sieve(tuple(base[place % len(base)] for place in range(20_000)))
    sieve.found("a")
    began = perf_counter()
    assert sieve.found("rematching invoice")
    assert perf_counter() - began < 0.1
    assert not sieve.found("rematching nothing-of-it")
    assert {each.kind for each in sieve.found("", "quality")} == {"quality"}


@pytest.mark.parametrize("rows", [400, 5])
def test_figures_are_told_table_by_table(rows):
    figures = figures_of(comparison(rows=rows))
    index = figure_index(figures)
    counted = dict(index.tables)
    for table, count in counted.items():
        drawn = list(drawn_of(figures, table))
        assert len(drawn) == count
        assert all(isinstance(each.drawing, Pairs | Heat) for each in drawn)
    assert {node.table for node in index.lineage.nodes} == {"person", "visit", "log"}
    assert list(drawn_of(figures, "no such table")) == []
    ages = [each for each in drawn_of(figures, "person") if each.caption == "age"]
    assert ages[0].drawing.upright
