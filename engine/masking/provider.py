"""Made-up values from Faker or mimesis."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from functools import partial
from importlib import import_module
from importlib.metadata import PackageNotFoundError, version
from typing import Any, ClassVar, Literal

import pyarrow as pa
from pydantic import Field, model_validator

from engine.masking.base import Context, Masker, MaskError, Properties, Subject
from engine.masking.choose import by_distinct, cut
from engine.problems import Problem

Argument = str | int | float | bool | list[str]
Make = Callable[[int], Any]


class Provider(Masker):
    """Each value becomes what a provider of Faker or mimesis makes up, seeded by the key and the value, so that equal ones agree.

    Neither library promises the same output in its next version, so the version is written into the plan, and another one is an error
    of the check. Slow, for each distinct value is made by itself in Python: some 50,000 a second, where our own lists give millions.
    Providers that look at the clock (`date_of_birth`, `past_date`) differ from day to day. Not for unique columns: values repeat.
    """

    name = "provider"
    title = "Made up by Faker or mimesis"
    properties = Properties(overlap="kept")
    EXAMPLES: ClassVar[tuple[dict[str, object], ...]] = (
        {"library": "faker", "provider": "color_name"},
        {"library": "mimesis", "provider": "hardware.cpu", "locale": "de"},
    )

    library: Literal["faker", "mimesis"]
    """Where the values come from; installed by `pip install lookalike[providers]`."""
    provider: str
    """`color_name` of Faker, `hardware.cpu` (class and method) of mimesis."""
    locale: str | None = None
    """In the library's own words: `de_DE` of Faker, `de` of mimesis."""
    arguments: dict[str, Argument] = Field(default_factory=dict)
    """What the provider is called with."""
    made_with: str = ""
    """The library's version; written into the plan when the mask is made."""

    @model_validator(mode="before")
    @classmethod
    def _note_version(cls, options: Any) -> Any:
        if isinstance(options, dict) and not options.get("made_with") and isinstance(options.get("library"), str):
            return {**options, "made_with": installed(options["library"]) or ""}
        return options

    def check(self, subject: Subject) -> Iterator[Problem]:
        yield from super().check(subject)
        found = installed(self.library)
        if found is None:
            reason = f"{self.library} is not installed here."
            yield self.problem(subject, "provider-missing", reason, "Install it: pip install lookalike[providers].")
        elif found != self.made_with:
            reason = f"the plan was made with {self.library} {self.made_with or '(none)'}, and {found} is installed."
            remedy = "Install that version, or take `made_with` out of the plan: other values will come out."
            yield self.problem(subject, "provider-version", reason, remedy)
        elif (trouble := self._trouble()) is not None:
            yield self.problem(subject, "provider-unknown", trouble, "Correct the option.")
        if subject.key:
            reason = "it is part of a key, and made-up values repeat."
            yield self.problem(subject, "mask-not-unique", reason, "Mask it with `pseudonym`.")

    def mask_column(self, values: pa.Array, context: Context) -> pa.Array:
        return by_distinct(values, lambda texts: self._made(texts, context))

    def _made(self, texts: pa.Array, context: Context) -> pa.Array:
        if installed(self.library) != self.made_with:
            reason = f"the plan was made with {self.library} {self.made_with}, and that is not what is installed."
            raise MaskError(context.subject, "provider-version", reason, "Install that version.")
        make = self._maker()
        # The libraries make one value at a time: a loop over the distinct values, each with a seed of its own.
        words = context.key.cmac(texts, f"{self.library}/{self.provider}").tolist()
        made = [str(make(high << 64 | low)) for high, low in words]
        return cut(pa.array(made, pa.string()), context.subject.column.length)

    def _trouble(self) -> str | None:
        """Why the provider makes no value here."""
        try:
            self._maker()(1)
        except Exception:  # noqa: BLE001 - whatever a library's own method raises for these options is an answer to this question
            return f"{self.library} makes no {self.provider!r} with this locale and these arguments."
        return None

    def _maker(self) -> Make:
        """What makes a value from a seed. One for each call, for the libraries' generators are not made for several threads."""
        makers = {"faker": _faker, "mimesis": _mimesis}
        return makers[self.library](self.provider, self.locale, self.arguments)


def installed(library: str) -> str | None:
    """The version of a library that is there."""
    try:
        return version(library)
    except PackageNotFoundError:
        return None


def _faker(provider: str, locale: str | None, arguments: Mapping[str, Any]) -> Make:
    fake = import_module("faker").Faker(locale or "en_US")
    if not any(provider in vars(kind) for one in fake.get_providers() for kind in type(one).__mro__[:-1]):
        raise LookupError(provider)
    method = partial(getattr(fake, _public(provider)), **arguments)

    def make(seed: int) -> Any:
        fake.seed_instance(seed)
        return method()

    return make


def _mimesis(provider: str, locale: str | None, arguments: Mapping[str, Any]) -> Make:
    mimesis = import_module("mimesis")
    kind, _, name = provider.partition(".")
    source = getattr(mimesis.Generic(mimesis.Locale(locale or "en")), _public(kind))
    method = partial(getattr(source, _public(name)), **arguments)

    def make(seed: int) -> Any:
        source.reseed(seed)
        return method()

    return make


def _public(name: str) -> str:
    """A name of the library's own for others to use; nothing of Python's machinery."""
    if not name.isidentifier() or name.startswith("_") or name in ("reseed", "random", "add_provider", "seed"):
        raise LookupError(name)
    return name
