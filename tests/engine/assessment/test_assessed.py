"""The sealed JSON of an assessment: whole, the same for the same, and broken by any change."""

from __future__ import annotations

import json
import math
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.assessed import SealBroken, canonical, check_seal, dumps, loads, read, seal, sealed
from engine.assessment.result import Interval, Risk
from tests.engine.assessment.made import RISKS, assessed


def test_an_assessment_is_the_same_when_it_is_read_again():
    whole = assessed()
    assert loads(dumps(whole)) == whole
    assert dumps(loads(dumps(whole))) == dumps(whole)


def test_one_without_a_policy_has_no_verdict_and_its_risks_say_whether_they_were_measured():
    said = assessed(None).to_json()
    assert said["verdict"] == "no policy"
    assert [risk["verdict"] for risk in said["risks"]] == [risk.state.value for risk in RISKS]
    assert loads(dumps(assessed(None))) == assessed(None)


def test_the_command_line_contract_has_its_keys():
    said = assessed().to_json()
    assert {"verdict", "guarantees", "risks", "quality"} <= said.keys()
    assert all({"attack", "scope", "value", "low", "high", "verdict"} <= risk.keys() for risk in said["risks"])
    assert all({"metric", "scope", "value", "ceiling", "verdict"} <= each.keys() for each in said["quality"])
    assert said["guarantees"][0]["sentences"]
    assert said["guarantee"] == {"kind": "none", "reason": "keyed pseudonymisation is not differential privacy"}


def test_a_risk_carries_the_verdict_of_the_line_that_looked_at_it():
    said = {risk["attack"]: risk["verdict"] for risk in assessed("strict").to_json()["risks"]}
    assert said["classes"] == "fail"
    assert said["rematching"] == "fail"
    assert said["membership_distance"] == "pass"
    assert said["singling_out"] == "not measured"


@pytest.mark.parametrize("figure", [math.nan, math.inf, -math.inf])
def test_a_figure_that_is_no_finite_number_is_refused(figure):
    broken = replace(assessed(None), risks=(Risk("classes", "customer", risk=Interval(figure, 0.0, 1.0)),))
    with pytest.raises(ValueError, match="no canonical JSON"):
        dumps(broken)


def test_a_sealed_file_gives_its_content_back():
    content = assessed().to_json()
    assert check_seal(sealed(content)) == json.loads(canonical(content))
    assert read(check_seal(sealed(content))) == assessed()


@given(st.data())
@settings(max_examples=20)
def test_any_change_of_a_figure_breaks_the_seal(data):
    file = json.loads(sealed(assessed().to_json()))
    risk = data.draw(st.sampled_from([risk for risk in file["content"]["risks"] if risk["value"] is not None]))
    end = data.draw(st.sampled_from(["value", "low", "high"]))
    risk[end] = data.draw(st.floats(0, 1).filter(lambda value: value != risk[end]))
    with pytest.raises(SealBroken, match="changed"):
        check_seal(json.dumps(file))


def test_order_and_spaces_do_not_break_the_seal():
    file = json.loads(sealed(assessed().to_json()))
    assert check_seal(json.dumps(file, indent=2, sort_keys=True)) == file["content"]


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"content": 3, "sha256": "x"}', '{"content": {}}', "null", '"x"'])
def test_something_else_is_no_sealed_file(text):
    with pytest.raises(SealBroken):
        check_seal(text)


@pytest.mark.parametrize("text", ["[]", "{}", "3", '{"format": 2}', "null"])
def test_something_else_is_no_assessment(text):
    with pytest.raises(ValueError, match=r"assessment|JSON|line 1"):
        loads(text)


def test_the_seal_is_the_hash_of_canonical_json():
    # By hand: keys sorted, 1.0 is 1 (RFC 8785, section 3.2); printf '{"a":1,"b":[true,null]}' | sha256sum
    assert seal({"b": [True, None], "a": 1.0}) == "1cc69c7fa23616ca2ec3ee70d24390a6225c8832db8a4c814c7e0e7f942f8668"
