"""Learn whole entities under a budget, and give new ones. No database is read here: data comes through `engine.privacy.private`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from importlib import import_module

from engine.synthesis.generator import Generator

GENERATORS: dict[str, str] = {
    "chain": "engine.synthesis.models.chain:Chain",
    "vae": "engine.synthesis.models.vae:EntityVae",
    "gan": "engine.synthesis.models.gan:EntityGan",
    "marginals": "engine.synthesis.models.marginals:Marginals",
    "hybrid": "engine.synthesis.models.hybrid:Hybrid",
}
"""Name in plans -> where its class is. `auto` is none of them: `engine.synthesis.gauge` chooses."""


@cache
def generator_class(name: str) -> type[Generator]:
    """Raises KeyError for an unknown name. Imports torch where the model needs it."""
    module, _, attribute = GENERATORS[name].partition(":")
    found: type[Generator] = getattr(import_module(module), attribute)
    return found


def make_generator(name: str, options: Mapping[str, object]) -> Generator:
    """A model with these options. Raises pydantic.ValidationError."""
    return generator_class(name)(**options)
