"""What a training needs to go on after it was killed: sealed, since without a promise weights say things of single people.

A folder of entries, each a file of its own under a name that does not tell what it holds. Tensors are safetensors, never pickle.
"""

from __future__ import annotations

import hashlib
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from safetensors import SafetensorError
from safetensors.torch import load, save
from torch import Tensor

from engine.sealed import SealError, seal, unseal
from engine.synthesis.errors import SynthesisError
from engine.workspace import private_folder, write_private

State = Mapping[str, Any]
"""Tensors, numbers, words, None, and lists and mappings of them: what `state_dict` gives."""


class CheckpointError(SynthesisError):
    """A checkpoint that is damaged or of another key; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A place where states of one training run are kept."""

    folder: Path
    key: bytes = field(repr=False)
    """32 bytes."""

    def write(self, name: str, state: State) -> None:
        """Replace an entry at once: after a crash it is the old or the new one."""
        tensors: dict[str, Tensor] = {}
        head = json.dumps(_without_tensors(state, tensors), allow_nan=False)
        content = len(head.encode()).to_bytes(8, "big") + head.encode() + save(tensors)
        private_folder(self.folder)
        write_private(self._file(name), seal(content, self.key, name.encode()))

    def read(self, name: str) -> dict[str, Any] | None:
        """The entry, its tensors on the processor; None where there is none. Raises CheckpointError."""
        try:
            sealed = self._file(name).read_bytes()
        except FileNotFoundError:
            return None
        try:
            content = unseal(sealed, self.key, name.encode())
            end = 8 + int.from_bytes(content[:8], "big")
            state = _with_tensors(json.loads(content[8:end]), load(content[end:]))
        except (SealError, SafetensorError, ValueError, KeyError):
            raise CheckpointError(
                "the checkpoint of the training is damaged or of another masking key: delete it and train again"
            ) from None
        return dict(state)

    def _file(self, name: str) -> Path:
        return self.folder / f"{hashlib.sha256(name.encode()).hexdigest()[:32]}.sealed"


def once(checkpoint: Checkpoint | None, name: str, make: Callable[[], State]) -> State:
    """What was made before a training was interrupted, or is made now: noisy facts are not paid for twice."""
    if checkpoint is None:
        return make()
    kept = checkpoint.read(name)
    if kept is None:
        made = make()
        checkpoint.write(name, made)
        return made
    return kept


def _without_tensors(value: Any, tensors: dict[str, Tensor]) -> Any:
    """The value as JSON has it: mappings as lists of pairs, since keys may be numbers; tensors by their place in `tensors`."""
    if isinstance(value, Tensor):
        # A tensor that is part of another one is not stored as such.
        tensors[str(len(tensors))] = value.detach().cpu().clone().contiguous()
        return {"tensor": str(len(tensors) - 1)}
    if isinstance(value, Mapping):
        return {"mapping": [[key, _without_tensors(each, tensors)] for key, each in value.items()]}
    if isinstance(value, list | tuple):
        return {"list": [_without_tensors(each, tensors) for each in value]}
    return value


def _with_tensors(value: Any, tensors: Mapping[str, Tensor]) -> Any:
    if not isinstance(value, dict):
        return value
    if "tensor" in value:
        return tensors[value["tensor"]]
    if "mapping" in value:
        return {key: _with_tensors(each, tensors) for key, each in value["mapping"]}
    return [_with_tensors(each, tensors) for each in value["list"]]
