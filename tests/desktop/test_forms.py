"""Every mask that is installed gets a form, and a form that nobody has touched makes the mask that it was made of."""

from __future__ import annotations

import tomllib

import pytest
from PySide6.QtCore import Qt

from desktop.backend.fields import fields_of, keeps, masks
from desktop.forms import Form
from desktop.models.rule import Field, FieldKind
from engine.masking import make_masker, masker_class, masker_names
from engine.masking.base import Properties
from engine.plan_toml_write import plain
from engine.toml_text import inline_text


def examples(mask: str) -> list[dict[str, object]]:
    return list(getattr(masker_class(mask), "EXAMPLES", ({},)))


def made(form: Form, mask: str) -> object:
    text = "".join(f"{name} = {toml}\n" for name, toml in form.options.items())
    return make_masker(mask, tomllib.loads(text))


@pytest.mark.parametrize("mask", masker_names())
def test_a_form_that_nobody_touches_makes_the_same_mask(qtbot, mask):
    for example in examples(mask):
        options = {name: inline_text(plain(value)) for name, value in example.items()}
        form = Form(fields_of(mask), options)
        qtbot.addWidget(form)
        assert made(form, mask) == make_masker(mask, example), example


@pytest.mark.parametrize("mask", masker_names())
def test_every_field_has_a_name_and_help(qtbot, mask):
    form = Form(fields_of(mask), {})
    qtbot.addWidget(form)
    for name, each in form.inputs.items():
        assert each.editor.accessibleName() == name
        assert each.field.help, f"{mask}.{name} has no docstring"


def test_what_stays_by_default_is_not_written(qtbot):
    form = Form(fields_of("date_shift"), {"max_days": "7"})
    qtbot.addWidget(form)
    box = form.inputs["max_days"].editor
    assert form.options == {"max_days": "7"}
    box.setFocus()
    box.selectAll()
    qtbot.keyClicks(box, "365")
    qtbot.keyClick(box, Qt.Key.Key_Return)
    assert form.options == {}


def test_a_bound_of_the_mask_is_one_of_the_form(qtbot):
    form = Form(fields_of("token"), {})
    qtbot.addWidget(form)
    box = form.inputs["length"].editor
    assert (box.minimum(), box.maximum()) == (16, 25)


def test_a_list_is_written_one_element_on_each_line(qtbot):
    form = Form((Field("choices", FieldKind.TEXTS, "Labels."), Field("edges", FieldKind.NUMBERS, "Edges.")), {})
    qtbot.addWidget(form)
    form.inputs["choices"].editor.setPlainText('a "b"\n\nc\n')
    form.inputs["edges"].editor.setPlainText("0\n18.5")
    assert tomllib.loads("\n".join(f"{k} = {v}" for k, v in form.options.items())) == {
        "choices": ['a "b"', "c"], "edges": [0, 18.5],
    }  # fmt: skip


def test_an_error_stands_beside_its_field(qtbot):
    form = Form(fields_of("password_hash"), {})
    qtbot.addWidget(form)
    form.say({"scheme": "Field required."})
    assert form.inputs["scheme"].error.text() == "✕ Field required."
    assert form.inputs["password"].error.text() == ""


def test_what_a_mask_keeps_is_said_in_words():
    said = keeps(Properties(bijective=True, keeps_length=True, keeps_format=True))
    assert said == "distinct values stay distinct; length, format kept"
    assert keeps(Properties(reads_value=False)) == "nothing of the value stays"
    assert all(mask.title and mask.about for _, mask in masks())
