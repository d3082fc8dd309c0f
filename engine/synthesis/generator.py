"""What a model is: a frozen pydantic model whose fields are its options, `fit` that learns through the handle, and what it fitted.

A new model is one file with one subclass of `Generator` and one line in `engine.synthesis.GENERATORS`; the contract tests in
`tests/contract/test_generators.py` pick it up from there.
"""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Any, ClassVar, Protocol

import numpy as np
import numpy.typing as npt
from pydantic import BaseModel, ConfigDict

from engine.jobs.control import Control
from engine.synthesis.forest import Forest, Tree
from engine.synthesis.handle import Place, Private

Allowed = Mapping[Place, npt.NDArray[np.bool_]]
"""Root columns -> which of their codes may occur: conditional generation."""
Arrays = Mapping[str, npt.NDArray[Any]]


@dataclass(frozen=True, slots=True)
class TrainingProgress:
    """How far training is. `loss` is a noisy sum's mean or None: never an exact figure of real data at a finite epsilon."""

    step: int
    steps: int
    epsilon: float | None = None
    loss: float | None = None


@dataclass(frozen=True, slots=True)
class Training:
    """What every model is told beside its options."""

    control: Control = field(default_factory=Control)
    progress: Callable[[TrainingProgress], None] = lambda _: None
    device: str = "cpu"
    checkpoint: Any = None
    """A `engine.synthesis.checkpoint.Checkpoint`, where training can be resumed; None: it cannot."""


class Fitted(Protocol):
    """A trained model: sampling from it is free."""

    tree: Tree

    def sample(self, entities: int, rng: np.random.Generator, allowed: Allowed | None = None) -> Forest:
        """New entities. With `allowed` only such; fewer come where a bounded number of draws did not find enough. Memory is bounded
        by `entities`: the caller asks in batches."""

    def arrays(self) -> Arrays:
        """All that `Generator.restore` needs beside options and tree: stored as safetensors."""

    def facts(self) -> Mapping[str, Any]:
        """The same, for plain numbers and words: stored as JSON."""


class Generator(BaseModel, ABC):
    """One technique of learning entities. Fields are options; frozen, extra fields refused."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    name: ClassVar[str]
    summary: ClassVar[str]
    """One line for lists and help."""

    @abstractmethod
    def fit(self, private: Private, training: Training) -> Fitted:
        """Learn. Spends what the handle's budget leaves, and never more."""

    @abstractmethod
    def restore(self, tree: Tree, arrays: Arrays, facts: Mapping[str, Any]) -> Fitted:
        """What `fit` gave, from what was stored of it. Raises ValueError where it does not fit the tree."""
