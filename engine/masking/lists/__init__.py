"""The frozen lists: names, streets, places, jobs. Ours, versioned and hashed, so that masked data stays the same for years.

`installer/lists/make_lists.py` made them; `LICENSES.txt` beside them says from what. `manifest.json` holds each file's SHA-256, which
is checked when it is first read.
"""

from __future__ import annotations

import hashlib
import json
from functools import cache
from importlib.resources import files
from typing import Any

import pyarrow as pa
from pyarrow import csv

LOCALES = ("en_US", "en_GB", "de_DE", "fr_FR", "es_ES", "it_IT", "nl_NL", "pl_PL", "pt_BR", "pt_PT")
DEFAULT_LOCALE = "en_US"


class ListError(Exception):
    """A list is missing, or is not the one that this version was made with."""


@cache
def manifest() -> dict[str, Any]:
    """Version of the lists, and rows and SHA-256 of each file."""
    loaded: dict[str, Any] = json.loads(_bytes("manifest.json"))
    return loaded


@cache
def load(name: str) -> pa.Array:
    """The entries of one list, sorted: `first_female.en_US`, `job`. Raises ListError."""
    return pa.array(_checked(f"{name}.txt").decode("utf-8").splitlines(), pa.string())


@cache
def table(name: str) -> pa.Table:
    """A list of several columns, all text, an empty cell for what is not known: `place`, `country`. Raises ListError."""
    data = pa.py_buffer(_checked(f"{name}.csv"))
    header = bytes(data[: data.to_pybytes().index(b"\n")]).decode().split(",")
    convert = csv.ConvertOptions(column_types=dict.fromkeys(header, pa.string()), strings_can_be_null=False)
    return csv.read_csv(pa.BufferReader(data), convert_options=convert).combine_chunks()


def locale_of(wanted: str) -> str:
    """The nearest locale that has lists: itself, one of its language, or en_US."""
    language, _, country = wanted.replace("-", "_").partition("_")
    exact = f"{language.lower()}_{country.upper()}"
    if exact in LOCALES:
        return exact
    return next((locale for locale in LOCALES if locale.startswith(f"{language.lower()}_")), DEFAULT_LOCALE)


def has_locale(wanted: str) -> bool:
    """Is there a list of this language?"""
    return locale_of(wanted).partition("_")[0] == wanted.replace("-", "_").partition("_")[0].lower()


def _checked(file: str) -> bytes:
    listed = manifest()["lists"].get(file)
    if listed is None:
        raise ListError(f"there is no list {file}; this version has {', '.join(sorted(manifest()['lists']))}")
    data = _bytes(file)
    if hashlib.sha256(data).hexdigest() != listed["sha256"]:
        raise ListError(f"the list {file} is not the one this version was made with: install Lookalike again")
    return data


def _bytes(file: str) -> bytes:
    return (files(__name__) / file).read_bytes()
