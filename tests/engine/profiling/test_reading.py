"""Reading in other processes."""

from __future__ import annotations

import time

import pytest

from engine.profiling import reading
from engine.profiling.reading import Reader, tell
from tests.engine.profiling.test_prose import CALLS, GOODS, KLAGEN


def test_other_processes_find_what_this_one_finds_and_end_with_their_reader() -> None:
    batches = [(CALLS, "en"), (GOODS, "en"), (KLAGEN, "de"), ([], "en")]
    with Reader(1) as reader:
        apart = [each.holding for each in reader.read(batches)]
    assert apart == [tell(*batch).holding for batch in batches]
    assert all(process.returncode == 0 for process in reader._processes)


def test_a_batch_whose_process_has_died_is_read_here() -> None:
    with Reader(1) as reader:
        reader._processes[0].kill()
        reader._processes[0].wait()
        (told,) = reader.read([(CALLS, "en")])
    assert told.holding == tell(CALLS, "en").holding


def test_loading_a_model_is_no_reading_so_that_few_texts_start_no_other_process(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def load(language: str) -> None:
        started = time.process_time()
        while time.process_time() - started < 0.5:
            pass

    tell(CALLS, "en")
    monkeypatch.setattr(reading, "vocabulary", load)
    assert tell(CALLS, "en").seconds < 0.4
