"""Policies: what they say, what is wrong with them, and what they make of results."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.assessment.assessed import dumps
from engine.assessment.comparison import Comparison
from engine.assessment.context import Context
from engine.assessment.measuring import parts_of
from engine.assessment.policy import POLICIES, Line, Policy, PolicyError, like, parse_policy, read_policy
from engine.assessment.result import ALL, Interval, Quality, Rests, Risk, State, not_measured, unknown
from engine.assessment.verdict import PolicyVerdict, Scope, Verdict, judge, verdict_read
from engine.assessment.view import Made, View
from engine.privacy.guarantee import NoGuarantee
from engine.report.releasable import releasable
from engine.risk import ATTACKS, attack_class
from tests.engine.assessment.made import GUARANTEE, QUALITY, RISKS, SCOPES, assessed
from tests.engine.report.made import comparison
from tests.engine.risk.copying import copying

HEAD = 'policy = 1\nname = "ours"\ntitle = "t"\n'
LINE = '[[lines]]\nattack = "classes"\nmost = 0.5\nsource = "s"\nmeaning = "m"\n'


def verdict(*lines: Line, risks=RISKS, quality=QUALITY, guarantees=(GUARANTEE,), scopes=SCOPES) -> PolicyVerdict:
    return judge(
        Policy("p", "t", lines),
        risks=risks,
        quality=quality,
        guarantee=NoGuarantee(),
        guarantees=guarantees,
        scopes=scopes,
    )


def line(name="classes", bound="most", limit=0.0, **other) -> Line:
    return Line(**{"subject": "attack", "name": name, "bound": bound, "limit": limit, "end": "high"} | other)


@pytest.mark.parametrize("name", POLICIES)
def test_every_number_of_a_shipped_policy_has_its_source_and_its_meaning(name):
    policy = read_policy(name)
    assert policy.name == name
    assert policy.sources
    assert policy.caution
    assert all(each.source and each.meaning for each in policy.lines)


def test_ema_asks_for_groups_of_eleven_and_hipaa_says_that_the_rule_has_no_number():
    assert [each.limit for each in read_policy("ema").lines if each.bound == "most"] == [0.09]
    assert "names no number" in read_policy("hipaa-expert").caution


@pytest.mark.parametrize(
    ("text", "told"),
    [
        (HEAD + "x = 1\n" + LINE, "line 4: Unknown key 'x'"),
        (HEAD, "It has no lines"),
        (
            HEAD.replace("policy = 1", "policy = 2") + LINE,
            "line 1: This version of Lookalike reads policies of version 1",
        ),
        (HEAD + LINE + 'measur = "x"', "line 9: Unknown key 'measur'. Did you mean 'measure'?"),
        (HEAD + LINE + 'metric = "x"', "line 4: It says attack and metric"),
        (HEAD + LINE + "least = 0.1", "line 4: It says most and least"),
        (HEAD + LINE.replace("most = 0.5", 'most = "0.5"'), "line 6: most must be a number"),
        (HEAD + LINE.replace("most = 0.5", "most = nan"), "line 6: most must be a number"),
        (HEAD + LINE.replace("most = 0.5", "holds = true"), "line 6: holds is asked of a metric"),
        (HEAD + LINE.replace("most = 0.5", "alarm = true"), "line 6: alarm can only be false"),
        (HEAD + LINE.replace('attack = "classes"', 'guarantee = "epsilom"'), "line 5: guarantee cannot be 'epsilom'"),
        (HEAD + LINE.replace('attack = "classes"', 'family = "fidelity"'), "line 6: The figures of a family"),
        (HEAD + LINE + 'end = "hihg"', "line 9: end cannot be 'hihg'. Did you mean 'high'?"),
        (HEAD + LINE + 'on = "mask"', "line 9: on cannot be 'mask'"),
        (HEAD + LINE + 'required = "yes"', "line 9: required must be true or false"),
        (HEAD + LINE.replace('source = "s"\n', ""), "line 4: source is missing"),
        (HEAD + "[lines]\n", "lines must be a list of tables"),
        ('policy = 1\nname = "x', "line 2: this is not TOML"),
    ],
)
def test_every_mistake_is_a_sentence_with_its_line(text, told):
    with pytest.raises(PolicyError) as caught:
        parse_policy(text, "ours.toml")
    assert told in str(caught.value)
    assert "The policy ours.toml" in str(caught.value)


def test_all_mistakes_are_told_at_once():
    with pytest.raises(PolicyError) as caught:
        parse_policy(HEAD + LINE + 'on = "x"\nend = "y"\n', "ours.toml")
    assert len(str(caught.value).splitlines()) == 2


def test_a_policy_is_found_by_its_name_and_by_its_file(tmp_path):
    (tmp_path / "ours.toml").write_text(HEAD + LINE)
    assert read_policy("ours.toml", tmp_path) == read_policy(tmp_path / "ours.toml")
    with pytest.raises(PolicyError, match="no policy emma: it is none of ema"):
        read_policy("emma", tmp_path)
    (tmp_path / "latin.toml").write_bytes(b"\xff\xfe\x00")
    with pytest.raises(PolicyError, match="not UTF-8"):
        read_policy("latin.toml", tmp_path)


def test_a_file_may_not_pass_for_a_policy_of_ours(tmp_path):
    (tmp_path / "ema").write_text(HEAD + LINE)
    assert read_policy("ema", tmp_path).title.startswith("EMA")


@given(st.text(max_size=8), st.text(max_size=8))
def test_a_star_stands_for_anything_and_every_other_character_for_itself(left, right):
    assert like(left.replace("*", "+"), left) if "*" in left else like(left, left)
    assert like(left + "x" + right, f"{left}*{right}")
    assert not like(left + "x", left + "y")


def test_the_end_of_the_interval_that_is_asked_for_decides():
    assert verdict(line(limit=0.3)).overall is Verdict.FAIL  # its upper end is 0.31
    assert verdict(line(limit=0.3, end="value")).overall is Verdict.PASS
    assert verdict(line(limit=0.3)).lines[0].figure == 0.31


def test_what_was_not_measured_blocks_only_where_it_is_required():
    missing = line("singling_out", limit=1.0)
    assert verdict(missing, line(limit=1.0)).overall is Verdict.PASS
    assert verdict(replace(missing, required=True), line(limit=1.0)).overall is Verdict.NOT_MEASURED
    assert verdict(line("nothing of that name", limit=1.0, required=True)).overall is Verdict.NOT_MEASURED


def test_one_scope_that_was_not_measured_is_too_many_where_every_scope_is_asked_for():
    risks = (Risk("a", "customer", risk=Interval(0.1, 0.0, 0.2)), not_measured("a", "shopper", "Too few rows."))
    assert verdict(line("a", limit=0.5), risks=risks).overall is Verdict.PASS
    assert (
        verdict(line("a", limit=0.5), risks=risks).lines[0].sentence.endswith("Of 2 figures: 1 not measured, 1 pass.")
    )
    assert verdict(line("a", limit=0.5, every=True, required=True), risks=risks).overall is Verdict.NOT_MEASURED


def test_an_attack_no_better_than_guessing_passes_only_where_the_line_says_so():
    weak = line("inference", limit=0.1)
    assert verdict(weak).lines[0].verdict is Verdict.NOT_MEASURED
    assert verdict(replace(weak, invalid="pass")).lines[0].verdict is Verdict.PASS
    assert (
        verdict(replace(weak, limit=0.05)).lines[0].verdict is Verdict.FAIL
    )  # its upper end is 0.08: too much, weak or not


def test_no_alarm_of_an_attack_that_could_raise_none_passes_no_line():
    """Without held-out people a copy of everything alarms no replay: that must not be called no alarm."""
    silent = Risk("replay", "shopper", risk=Interval(1, 1, 1), uncontrolled=True)
    asked = line("replay", "alarm")
    assert verdict(asked, risks=(silent,)).lines[0].verdict is Verdict.NOT_MEASURED
    assert verdict(asked, risks=(replace(silent, uncontrolled=False),)).lines[0].verdict is Verdict.PASS
    assert verdict(asked, risks=(replace(silent, alarm=True),)).lines[0].verdict is Verdict.FAIL


@pytest.mark.parametrize("name", POLICIES)
def test_a_copy_of_everybody_passes_no_shipped_policy_where_nobody_is_held_out(name):
    rows = copying(1.0, n=300)
    risks = [
        risk
        for attack in ("replay", "singling_out", "linkability", "inference", "membership_distance")
        for risk in attack_class(attack)().attack(replace(rows, control=None), Context(seconds=2.0))
    ]
    scopes = {rows.scope: Scope("table", Made.SYNTHETIC)}
    judged = judge(read_policy(name), risks=risks, quality=QUALITY, guarantee=GUARANTEE, scopes=scopes)
    assert judged.overall is not Verdict.PASS


def test_a_measurement_that_broke_is_missing_from_every_line_of_it():
    risks = (Risk("a", "customer", "auc", risk=Interval(0, 0, 0)), not_measured("a", "shopper", "A mistake.", ALL))
    asked = line("a", limit=0.5, measure="auc", every=True)
    assert verdict(asked, risks=risks).lines[0].verdict is Verdict.NOT_MEASURED
    family = line("validity", "holds", subject="family", every=True)
    quality = (*QUALITY, unknown("validity", "shopper", "validity", "A mistake.", ALL))
    assert verdict(family, quality=quality).lines[0].verdict is Verdict.NOT_MEASURED


def test_a_line_of_which_nothing_was_measured_says_why():
    broken = (not_measured("classes", "customer", "nobody says by what people are known."),)
    (found,) = verdict(line(measure="journalist"), risks=broken).lines
    assert found.verdict is Verdict.NOT_MEASURED
    assert found.sentence.endswith("nobody says by what people are known.")


@pytest.mark.parametrize("name", ["ema", "hipaa-expert", "strict"])
def test_a_table_of_too_few_people_keeps_a_policy_of_the_smallest_class_from_passing(name):
    """What nine people look like nobody has measured, whatever holds for all others."""
    few = masked_people(9)
    risks = [Risk("classes", "customer", "prosecutor maximum", risk=Interval(0.01, 0, 0.02)), *_classes(few)]
    lines = [line for line in read_policy(name).lines if line.measure == "prosecutor maximum"]
    scopes = {few.scope: Scope("table", Made.MASKED)} | SCOPES
    assert verdict(*lines, risks=risks, scopes=scopes).overall is Verdict.NOT_MEASURED
    assert verdict(*lines, risks=risks[:1]).overall is Verdict.PASS


def masked_people(rows: int) -> View:
    return replace(copying(1.0, n=rows), made=Made.MASKED, control=None, quasi=(0, 2))


def _classes(view: View) -> tuple[Risk, ...]:
    return attack_class("classes")().attack(view, Context())  # type: ignore[attr-defined]


def test_strict_asks_for_every_attack_that_it_bounds():
    """Leaving the attacks out is no way to pass it."""
    assert all(line.required for line in read_policy("strict").lines if line.bound == "most")


def test_why_nothing_was_measured_stays_in_the_internal_report():
    """It may count the source's people."""
    few = not_measured("inference", "customer", "There are 7 records to attack; at least 20 are needed.", "worst")
    judged = verdict(line("inference", measure="knn income"), risks=(few,))
    assert "7 records" in judged.lines[0].sentence
    found = releasable(replace(assessed(), policy=judged, risks=(few,)))
    assert found.policy is not None
    assert found.policy.lines[0].sentence == "Nothing of this was measured."
    assert "7 records" not in dumps(found)


def test_of_two_lines_on_one_figure_the_worse_verdict_is_the_figures():
    judged = verdict(line(limit=1.0), line(limit=0.1), line(limit=0.5))
    assert judged.of("classes", "customer", "prosecutor maximum") is Verdict.FAIL
    assert judged.of("classes", "customer", "nothing of that name") is None


def test_an_alarm_fails_its_line():
    assert verdict(line("*", "alarm")).overall is Verdict.FAIL
    assert verdict(line("classes", "alarm")).overall is Verdict.PASS


def test_a_line_about_synthetic_rows_does_not_apply_to_a_masked_target():
    masked = {name: scope for name, scope in SCOPES.items() if scope.made is not Made.SYNTHETIC}
    asked = line("epsilon", limit=1.0, subject="guarantee", on="synthetic", required=True, end="value")
    judged = verdict(asked, line(limit=1.0), scopes=masked, guarantees=())
    assert judged.overall is Verdict.PASS
    assert not judged.lines[0].applies
    assert "nothing in this target is synthetic" in judged.lines[0].sentence
    assert verdict(asked, scopes=masked, guarantees=()).overall is Verdict.NOT_MEASURED


def test_a_line_looks_only_at_the_scopes_that_it_names():
    assert {each.scope for each in verdict(line("*", limit=1.0, scope="entity")).lines[0].looked} == {
        "customer with invoice"
    }
    assert {each.scope for each in verdict(line("*", limit=1.0, on="synthetic")).lines[0].looked} == {"shopper"}


def test_a_guarantee_that_is_not_there_fails_where_one_is_asked_for():
    asked = line("epsilon", limit=4.0, subject="guarantee", end="value")
    assert verdict(asked).overall is Verdict.PASS
    assert verdict(replace(asked, limit=2.0)).overall is Verdict.FAIL
    judged = verdict(asked, guarantees=(NoGuarantee("a table was read without noise"),))
    assert judged.overall is Verdict.FAIL
    assert "a table was read without noise" in judged.lines[0].sentence


def test_validity_is_a_question_of_yes_and_no():
    holds = line("validity", "holds", subject="family", end="value")
    assert verdict(holds).overall is Verdict.PASS
    broken = Quality("KeyUniqueness", "customer", "validity", value=0.99, passed=False)
    assert verdict(holds, quality=(*QUALITY, broken)).overall is Verdict.FAIL


def test_a_least_is_held_against_the_lowest_of_its_figures():
    least = line("KSComplement", "least", 0.9, subject="metric", end="value")
    assert verdict(least).lines[0].figure == 0.93
    worse = Quality("KSComplement", "customer.city", "fidelity", value=0.5)
    judged = verdict(least, quality=(*QUALITY, worse)).lines[0]
    assert (judged.verdict, judged.figure) == (Verdict.FAIL, 0.5)


def test_a_result_of_an_attacks_own_scope_is_made_as_its_table_is():
    risk = Risk("a", "shopper.age and city", risk=Interval(1.0, 1.0, 1.0), state=State.MEASURED, rests=Rests.SOURCE)
    assert verdict(line("a", on="synthetic"), risks=(risk,)).lines[0].looked
    assert not verdict(line("a", on="masked"), risks=(risk,)).lines[0].looked


@given(st.floats(0, 1), st.floats(0, 1))
@settings(max_examples=30)
def test_a_tighter_bound_never_passes_where_a_wider_one_fails(one, other):
    tight, wide = sorted((one, other))
    if verdict(line(limit=wide)).overall is Verdict.FAIL:
        assert verdict(line(limit=tight)).overall is Verdict.FAIL


@pytest.mark.parametrize("name", POLICIES)
def test_a_verdict_is_the_same_when_it_is_read_again(name):
    judged = judge(
        read_policy(name), risks=RISKS, quality=QUALITY, guarantee=NoGuarantee(), guarantees=(GUARANTEE,),
        scopes=SCOPES | {"other": Scope("table", Made.COPIED)},
    )  # fmt: skip
    assert verdict_read(judged.to_json()) == judged


def test_a_target_of_which_nothing_was_measured_passes_no_policy():
    nothing = (not_measured("classes", "target", "The target is not of this plan."),)
    for name in POLICIES:
        judged = judge(read_policy(name), risks=nothing, quality=(), guarantee=NoGuarantee(), scopes={})
        assert judged.overall is not Verdict.PASS
        assert all(line.applies for line in judged.lines)


@pytest.fixture(scope="module")
def there_is():
    """Every subject, name and measure that our attacks and metrics say, of people masked and people made up."""
    found = {("guarantee", "epsilon", "epsilon"), ("guarantee", "delta", "delta")}
    for made in (Made.MASKED, Made.SYNTHETIC):
        whole = attackable(made)
        for part in parts_of(whole, skip=("workload", "prediction", "detection", "detection_entities")):
            for each in part.measure.measure(whole, part.scope, Context(seconds=0.2)):
                if isinstance(each, Risk):
                    found.add(("attack", each.attack, each.measure))
                else:
                    found |= {("metric", each.metric, each.measure), ("family", each.family, each.measure)}
    return found


def attackable(made: Made) -> Comparison:
    """With all that an attack may ask for."""
    whole = comparison(made, rows=150)
    match = np.arange(150) if made is Made.MASKED else None
    views = (
        replace(view, match=match, control=view.target if match is None else None, quasi=(0, 2), sensitive=(1,))
        for view in whole.views
    )
    return replace(whole, views=tuple(views))


@pytest.mark.parametrize("name", POLICIES)
def test_every_line_of_a_shipped_policy_asks_for_what_is_measured(name, there_is):
    for asked in read_policy(name).lines:
        assert [
            measure
            for subject, said, measure in there_is
            if subject == asked.subject and asked.speaks_of(said, measure)
        ], asked.asked
        if asked.subject == "attack" and "*" not in asked.name:
            assert asked.name in ATTACKS
