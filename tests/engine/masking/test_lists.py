"""The frozen lists."""

from __future__ import annotations

import hashlib
import unicodedata
from importlib.resources import files

import pytest

from engine.masking import lists

NAMES = sorted(file.removesuffix(".txt") for file in lists.manifest()["lists"] if file.endswith(".txt"))
HASH_OF_ALL = "d87df0a777eb09ba8b71dea66ad10ac1fabfe765de1c46ca8818df0394333666"


def test_the_lists_are_those_that_masked_data_was_made_with() -> None:
    """Changing an entry of any list changes output: raise the lists' version, the maskers' versions and this hash together."""
    frozen = "".join(lists.manifest()["lists"][file]["sha256"] for file in sorted(lists.manifest()["lists"]))
    assert (lists.manifest()["version"], hashlib.sha256(frozen.encode()).hexdigest()) == (1, HASH_OF_ALL)


def test_every_file_is_in_the_manifest_and_has_its_hash() -> None:
    shipped = {file.name for file in files("engine.masking.lists").iterdir() if file.name.endswith((".txt", ".csv"))}
    assert shipped - {"LICENSES.txt"} == set(lists.manifest()["lists"])
    for file, about in lists.manifest()["lists"].items():
        data = (files("engine.masking.lists") / file).read_bytes()
        assert hashlib.sha256(data).hexdigest() == about["sha256"], file


def test_all_lists_together_stay_small() -> None:
    total = sum(len(file.read_bytes()) for file in files("engine.masking.lists").iterdir() if file.is_file())
    assert total < 3_000_000


@pytest.mark.parametrize("name", NAMES)
def test_a_list_is_sorted_distinct_and_in_normal_form(name: str) -> None:
    entries = lists.load(name).to_pylist()
    assert entries == sorted(set(entries))
    assert len(entries) == lists.manifest()["lists"][f"{name}.txt"]["rows"] >= 50
    assert all(entry == unicodedata.normalize("NFC", entry.strip()) and entry for entry in entries)


def test_a_changed_file_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(
        lists, "_bytes", lambda file: (files("engine.masking.lists") / file).read_bytes() + b"Mallory\n"
    )
    known = lists.manifest()
    monkeypatch.setattr(lists, "manifest", lambda: known)
    with pytest.raises(lists.ListError, match="not the one"):
        lists._checked("job.txt")


@pytest.mark.parametrize(
    ("wanted", "found"),
    [
        ("de_DE", "de_DE"),
        ("de-AT", "de_DE"),
        ("pt", "pt_BR"),
        ("fr_CA", "fr_FR"),
        ("ja_JP", "en_US"),
        ("EN_gb", "en_GB"),
    ],
)
def test_the_nearest_locale_stands_in(wanted: str, found: str) -> None:
    assert lists.locale_of(wanted) == found
