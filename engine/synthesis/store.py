"""Models on disk: tensors as safetensors, everything else as JSON, both under a keyed hash, nothing ever as pickle.

A folder holds `manifest.json` (or `manifest.sealed`) and `tensors.safetensors` (or `tensors.sealed`). A model that was learned
without differential privacy says things of single people: it is sealed under the masking key. The hash (HMAC-SHA256, RFC 2104) goes
over both files, under a key of its own below the masking key, so a changed model is not sampled from.
"""

from __future__ import annotations

import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from pydantic import TypeAdapter

from connectors.schema import Schema
from engine.keys import MaskingKey
from engine.plan_toml import read_plan
from engine.plan_toml_write import write_plan
from engine.privacy.anchor import event_data, event_of
from engine.privacy.guarantee import NoGuarantee
from engine.privacy.said import guarantee_read, guarantee_said
from engine.sealed import SealError, seal, unseal
from engine.synthesis import make_generator
from engine.synthesis.codebook import Codebook
from engine.synthesis.errors import SynthesisError
from engine.synthesis.model import Model
from engine.synthesis.structure import Structure
from engine.workspace import private_folder, write_private

FORMAT = "lookalike-model"
VERSION = 1


class ModelError(SynthesisError):
    """A stored model that is not there, not whole, or of another key; `str()` is one sentence."""


@dataclass(frozen=True, slots=True)
class ModelFolder:
    """Where a model lies, and the key that it lies under."""

    folder: Path
    key: MaskingKey

    def save(self, model: Model) -> None:
        """Write it at once, file by file, the hash last: a model without its hash is none."""
        from safetensors.numpy import save

        private_folder(self.folder)
        sealed = isinstance(model.guarantee, NoGuarantee)
        tensors = save({name: _contiguous(array) for name, array in model.fitted.arrays().items()})
        manifest = json.dumps(_manifest(model), ensure_ascii=True, allow_nan=False).encode()
        for stale in self.folder.glob("*"):
            stale.unlink()
        for name, content in (("tensors.safetensors", tensors), ("manifest.json", manifest)):
            self._write(name, content, sealed)
        write_private(self.folder / "hash", self._hash(tensors, manifest).encode())

    def load(self) -> Model:
        """The model. Raises ModelError."""
        from safetensors import SafetensorError
        from safetensors.numpy import load

        tensors, manifest = self._read("tensors.safetensors"), self._read("manifest.json")
        try:
            known = (self.folder / "hash").read_text("ascii")
        except (OSError, UnicodeDecodeError):
            known = ""
        if not hmac.compare_digest(known, self._hash(tensors, manifest)):
            raise ModelError(
                f"the model {self.folder.name} was changed after it was made, or under another masking key"
            )
        try:
            fields = json.loads(manifest)
            if (fields["format"], fields["version"]) != (FORMAT, VERSION):
                raise ModelError(
                    f"the model {self.folder.name} was made by another version of Lookalike: train it again"
                )
            return _model(fields, load(tensors))
        except (ValueError, KeyError, TypeError, SafetensorError):
            raise ModelError(f"the model {self.folder.name} is not one that this version can read") from None

    def _write(self, name: str, content: bytes, sealed: bool) -> None:
        if sealed:
            content = seal(content, self.key.derive("model at rest"), name.encode())
        write_private(self.folder / (f"{name}.sealed" if sealed else name), content)

    def _read(self, name: str) -> bytes:
        plain, sealed = self.folder / name, self.folder / f"{name}.sealed"
        try:
            if sealed.exists():
                return unseal(sealed.read_bytes(), self.key.derive("model at rest"), name.encode())
            return plain.read_bytes()
        except SealError:
            raise ModelError(f"the model {self.folder.name} is sealed under another masking key, or damaged") from None
        except OSError:
            raise ModelError(f"there is no model {self.folder.name} here: `lookalike train` makes one") from None

    def _hash(self, *contents: bytes) -> str:
        signed = hmac.new(self.key.derive("model hash"), digestmod="sha256")
        for content in contents:
            signed.update(hashlib.sha256(content).digest())
        return signed.hexdigest()


def _contiguous(array: Any) -> Any:
    import numpy as np

    return np.ascontiguousarray(array)


def _manifest(model: Model) -> dict[str, Any]:
    return {
        "format": FORMAT,
        "version": VERSION,
        "name": model.name,
        "made": model.made,
        "entities": model.entities,
        "versions": dict(model.versions),
        "generator": model.generator.name,
        "options": model.generator.model_dump(mode="json"),
        "facts": dict(model.fitted.facts()),
        "codebook": model.codebook.to_data(),
        "structure": TypeAdapter(Structure).dump_python(model.structure, mode="json"),
        "schema": TypeAdapter(Schema).dump_python(model.schema, mode="json"),
        "plan": write_plan(model.plan),
        "guarantee": guarantee_said(model.guarantee),
        "events": [event_data(event) for event in model.events],
    }


def _model(fields: Mapping[str, Any], arrays: Mapping[str, Any]) -> Model:
    generator = make_generator(fields["generator"], fields["options"])
    codebook = Codebook.from_data(fields["codebook"])
    return Model(
        name=fields["name"],
        generator=generator,
        fitted=generator.restore(codebook.tree, arrays, fields["facts"]),
        codebook=codebook,
        structure=TypeAdapter(Structure).validate_python(fields["structure"], strict=False),
        schema=TypeAdapter(Schema).validate_python(fields["schema"], strict=False),
        plan=read_plan(fields["plan"]),
        guarantee=guarantee_read(fields["guarantee"]),
        events=tuple(event_of(data) for data in fields["events"]),
        made=fields["made"],
        entities=fields["entities"],
        versions=fields["versions"],
    )
