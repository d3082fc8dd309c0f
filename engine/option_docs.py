"""What each option of a technique is for: the docstring below its field, read when somebody looks at it.

Pydantic reads them as well (`use_attribute_docstrings`), but of every class that is imported, which costs each command half a second.
"""

from __future__ import annotations

import ast
import inspect
from collections.abc import Iterator, Mapping
from functools import cache
from itertools import pairwise
from textwrap import dedent

from pydantic import BaseModel


@cache
def option_docs(model: type[BaseModel]) -> Mapping[str, str]:
    """Each field of this model with its description, or the docstring below it in the class that declares it; "" without either."""
    below: dict[str, str] = {}
    for declaring in reversed(model.__mro__):
        if issubclass(declaring, BaseModel) and declaring is not BaseModel:
            below.update(_below(declaring))
    return {name: field.description or below.get(name, "") for name, field in model.model_fields.items()}


def _below(declaring: type[BaseModel]) -> Iterator[tuple[str, str]]:
    [definition] = ast.parse(dedent(inspect.getsource(declaring))).body
    assert isinstance(definition, ast.ClassDef)
    for field, said in pairwise(definition.body):
        if not isinstance(field, ast.AnnAssign) or not isinstance(field.target, ast.Name):
            continue
        if isinstance(said, ast.Expr) and isinstance(said.value, ast.Constant) and isinstance(said.value.value, str):
            yield field.target.id, inspect.cleandoc(said.value.value)
