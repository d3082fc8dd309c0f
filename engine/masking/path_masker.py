"""What maskers of documents share: a mask for each path, and one for the rest."""

from __future__ import annotations

from collections.abc import Iterator
from functools import cached_property
from typing import Any, Self

from pydantic import field_validator, model_validator

from connectors.schema import Kind
from engine.masking.base import Masker, Properties, Subject
from engine.masking.inner import check_inside, inner_subject
from engine.masking.paths import Paths
from engine.problems import Problem

Choice = str | dict[str, Any]
"""A mask's name, or a table with `mask` and its options, and `domain`."""
TOO_LONG = "$ (too long)"


class PathMasker(Masker):
    """Base of the maskers of documents. Values that no path names take `default` and are counted."""

    properties = Properties(overlap="kept")

    paths: dict[str, Choice]
    """Path -> mask: `{ "$.email" = "email", "$.born" = { mask = "date_shift", days = 30 } }`."""
    default: Choice = "null"
    """The mask of values that no path names; they are counted all the same."""

    @field_validator("paths")
    @classmethod
    def _known_paths(cls, paths: dict[str, Choice]) -> dict[str, Choice]:
        for choice in paths.values():
            make_choice(choice)
        return paths

    @field_validator("default")
    @classmethod
    def _known_default(cls, default: Choice) -> Choice:
        if make_choice(default).name == "keep":
            raise ValueError("values that no path names cannot be kept: name the paths to keep")
        return default

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        for path, choice in {**self.paths, "(default)": self.default}.items():
            masker = make_choice(choice)
            for problem in check_inside(masker, inner_subject(subject, path, kind_for(masker))):
                yield self.problem(
                    subject, problem.code, f"at {path}: {problem.reason}", problem.remedy, problem.severity
                )

    @model_validator(mode="after")
    def _paths_parse(self) -> Self:
        _ = self.known
        return self

    @cached_property
    def known(self) -> Paths:
        """The paths, parsed. Raises ValueError."""
        return Paths(self.paths)

    @cached_property
    def kept(self) -> frozenset[str]:
        """The paths below which nothing is masked."""
        return frozenset(path for path, choice in self.paths.items() if make_choice(choice).name == "keep")

    @cached_property
    def _choices(self) -> dict[str | None, tuple[Masker, str, str | None]]:
        choices: list[tuple[str | None, Choice]] = [(None, self.default), *self.paths.items()]
        return {
            rule: (make_choice(choice), "default" if rule is None else rule, choice_domain(choice))
            for rule, choice in choices
        }

    def choice(self, rule: str | None) -> tuple[Masker, str, str | None]:
        """The mask of a path, what to call it, and the domain that the plan names."""
        return self._choices[rule]


def choice_domain(choice: Choice) -> str | None:
    """The domain that a choice names."""
    return choice.get("domain") if isinstance(choice, dict) else None


def make_choice(choice: Choice) -> Masker:
    """The masker of a choice. Raises ValueError."""
    from engine.masking import make_masker

    options = dict(choice) if isinstance(choice, dict) else {"mask": choice}
    options.pop("domain", None)
    name = options.pop("mask", None)
    if not isinstance(name, str):
        raise ValueError("a path has a mask: a name, or a table with `mask` and its options")
    try:
        return make_masker(name, options)
    except KeyError:
        raise ValueError(f"there is no mask {name!r}") from None


def kind_for(masker: Masker) -> Kind:
    """A kind of column that this masker takes, as documents have it."""
    for kind in (Kind.TEXT, Kind.INTEGER, Kind.DATE, Kind.TIMESTAMP, Kind.FLOAT, Kind.BOOLEAN):
        if kind in masker.kinds:
            return kind
    return Kind.TEXT
