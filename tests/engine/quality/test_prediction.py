"""Models of the target tried on the source, and the other way round."""

from __future__ import annotations

import json

import numpy as np
import pyarrow as pa
import pytest

from connectors.schema import Schema
from engine.assessment.context import Context
from engine.assessment.result import Interval, Quality, State
from engine.assessment.view import Carries
from engine.quality.prediction import TRTS, TSTR, Prediction
from engine.quality.predictors import Rows, Task, fitted, scores
from tests.assessing import comparison_of, table_of, view_of


def measured(known: pa.Table, target: pa.Table, control: pa.Table | None = None, **named: object) -> dict[str, Quality]:
    view = view_of(known, target, control, **named)  # type: ignore[arg-type]
    schema = Schema("sqlite", "main", (table_of("person", known),))
    comparison = comparison_of(schema, {"person": known}, {"person": target}, views=[view])
    found = Prediction(labels=2).measure(comparison, view.scope, Context())
    json.dumps([each.to_json() for each in found], allow_nan=False)
    return {f"{each.metric} {each.measure}".strip(): each for each in found}


def people(seed: int, rows: int = 800) -> pa.Table:
    """`rich` and `pay` follow from `x` and `kind`; `luck` from nothing."""
    rng = np.random.default_rng(seed)
    x, kind = rng.normal(size=rows), rng.integers(0, 3, rows)
    pay = 3 * x + kind + rng.normal(size=rows) / 2
    return pa.table(
        {
            "x": x,
            "kind": np.array(["a", "b", "c"])[kind],
            "pay": pay,
            "rich": np.where(pay > 1, "yes", "no"),
            "luck": rng.choice(["head", "tail"], rows),
        }
    )


def test_what_a_copy_teaches_is_what_the_source_teaches() -> None:
    known, control = people(0), people(1)
    found = measured(known, known, control, sensitive=["rich"])
    for measure in ("AUC", "F1"):
        figure = found[f"{TSTR} rich {measure}"]
        assert figure.value == pytest.approx(figure.ceiling, abs=0.02)
        assert figure.value is not None
        assert figure.value > 0.9
    assert found[f"{TSTR} rich AUC"].floor == pytest.approx(0.5, abs=0.15)
    assert found[f"{TSTR} rich AUC"].facts["held out"] is True


def test_shuffled_labels_teach_no_more_than_the_floor() -> None:
    known, control = people(0), people(1)
    rng = np.random.default_rng(2)
    target = known.set_column(3, "rich", known["rich"].take(pa.array(rng.permutation(known.num_rows))))
    target = target.set_column(2, "pay", pa.array(rng.permutation(known["pay"].to_numpy())))
    found = measured(known, target, control, sensitive=["rich", "pay"])
    for name in (f"{TSTR} rich AUC", f"{TSTR} pay R2", f"{TRTS} rich AUC"):
        figure = found[name]
        assert figure.value is not None
        assert figure.floor is not None
        assert figure.ceiling is not None
        # One permutation goes with `x` a little by chance, and `x` with all the rest.
        assert abs(figure.value - figure.floor) < 0.4, name
        assert figure.ceiling > max(figure.value, figure.floor) + 0.15, name


def test_without_a_plans_word_the_predictable_columns_are_labels() -> None:
    found = measured(people(0), people(1), people(2))
    labels = {name.split()[1] for name in found}
    assert len(labels) == 2
    assert "luck" not in labels
    assert all(figure.state is State.MEASURED for figure in found.values())


def test_without_held_out_records_the_source_is_halved_and_the_figure_says_so() -> None:
    figure = measured(people(0), people(1), sensitive=["rich"])[f"{TSTR} rich AUC"]
    assert figure.facts["held out"] is False
    assert figure.facts["records"] == 400


def test_what_the_source_does_not_predict_is_not_measured() -> None:
    figure = measured(people(0), people(1), people(2), sensitive=["luck"])[f"{TSTR} luck"]
    assert figure.state is State.NOT_MEASURED
    assert "do not predict luck" in figure.because


def test_a_constant_label_few_records_and_made_up_columns_are_not_measured() -> None:
    known = people(0)
    constant = known.set_column(3, "rich", pa.array(["no"] * known.num_rows))
    assert "more than one value" in measured(constant, known, known, sensitive=["rich"])[f"{TSTR} rich"].because
    assert "constant in the target" in measured(known, constant, known, sensitive=["rich"])[f"{TSTR} rich"].because
    assert "too few records" in measured(known, known.slice(0, 100))[TSTR].because
    (figure,) = measured(known, known, carries=Carries.REPLACED).values()
    assert figure.state is State.NOT_MEASURED


class Says:
    """A model whose answers are given."""

    def __init__(self, answers: list[float], classes: list[float] | None = None) -> None:
        self.answers, self.classes_ = np.array(answers), np.array(classes or [])

    def predict(self, x: np.ndarray) -> np.ndarray:
        return self.answers

    def predict_proba(self, x: np.ndarray) -> np.ndarray:
        return np.column_stack([1 - self.answers, self.answers])


def test_a_column_that_the_rows_have_no_value_of_is_learned_nothing_from() -> None:
    rng = np.random.default_rng(7)
    rows = Rows(np.column_stack([rng.normal(size=300), np.full(300, np.nan)]), rng.normal(size=300))
    task = Task(0, (1, 2), None, {})
    with_one, with_none = (fitted(task, Rows(x, rows.y), 5, 0) for x in (np.nan_to_num(rows.x), rows.x))
    assert np.array_equal(with_one.predict(rows.x), with_none.predict(rows.x))


def score(task: Task, model: Says, y: list[float]) -> dict[str, Interval]:
    return scores(task, model, Rows(np.zeros((len(y), 1)), np.array(y)), np.random.default_rng(0))


def test_scores_worked_by_hand() -> None:
    """Of four pairs three are in order: AUC 0.75. At 0.5 one of each class is right: F1 of both is 0.5. R2 = 1 - 1 / 5."""
    classes = Task(0, (), np.array([0, 1]), {})
    found = score(classes, Says([0.1, 0.6, 0.4, 0.9], [0.0, 1.0]), [0, 0, 1, 1])
    assert found["AUC"].value == 0.75
    assert found["F1"].value == 0.5
    number = score(Task(0, (), None, {}), Says([1, 2, 3, 3]), [1, 2, 3, 4])["R2"]
    assert number.value == pytest.approx(1 - 1 / 5)
    assert number.low <= number.value <= number.high
