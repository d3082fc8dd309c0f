"""Texts are read here: in this process, or in others beside it, each with a language model of its own.

Another process is told batches and gives counts, a line of JSON each, over pipes that nobody else sees: `python -m` is never used, and
nothing depends on how a platform forks.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import suppress
from dataclasses import dataclass, field
from queue import SimpleQueue
from types import TracebackType
from typing import IO, Any

from engine.processes import own_module
from engine.profiling.telling import told
from engine.text.find import find
from engine.text.model import vocabulary


@dataclass(frozen=True, slots=True)
class Told:
    """What a batch of texts holds."""

    texts: int
    holding: Counter[str] = field(default_factory=Counter)
    """What one text can hold (`engine.profiling.telling.told`) -> texts that hold it."""
    seconds: float = 0.0
    """Of the processor, once the language's model is loaded."""


def tell(texts: Sequence[str], language: str) -> Told:
    """Read a batch in this process."""
    # Loading takes as long as hundreds of texts: with it, a few of them would make the rest look worth more processes.
    vocabulary(language)
    started = time.process_time()
    holding: Counter[str] = Counter()
    for text, spans in zip(texts, find(texts, "ner", language), strict=True):
        holding.update(told(text, spans))
    return Told(len(texts), holding, time.process_time() - started)


class Reader:
    """Reads batches; with `workers` in that many processes, which end with it."""

    def __init__(self, workers: int = 0) -> None:
        self._processes = [_process() for _ in range(workers)]
        self._free: SimpleQueue[subprocess.Popen[str]] = SimpleQueue()
        for process in self._processes:
            self._free.put(process)
        self._threads = ThreadPoolExecutor(max(1, workers))
        self.slots = max(1, 2 * workers)
        """Batches to have handed in at once, so that no process waits."""

    def __enter__(self) -> Reader:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._threads.shutdown(cancel_futures=True)
        for process in self._processes:
            with suppress(BrokenPipeError):  # it has died: what was for it was read here
                _pipe(process.stdin).close()
            process.wait()
            _pipe(process.stdout).close()

    def submit(self, texts: Sequence[str], language: str) -> Future[Told]:
        if self._processes:
            return self._threads.submit(self._ask, texts, language)
        return self._threads.submit(tell, texts, language)

    def read(self, batches: Iterable[tuple[Sequence[str], str]]) -> Iterator[Told]:
        """Every batch, in order."""
        return (future.result() for future in [self.submit(*batch) for batch in batches])

    def _ask(self, texts: Sequence[str], language: str) -> Told:
        """Hand a batch to a process that is free; read it here where that process has died."""
        process = self._free.get()
        try:
            _pipe(process.stdin).write(json.dumps([list(texts), language]) + "\n")
            _pipe(process.stdin).flush()
            line = _pipe(process.stdout).readline()
        except BrokenPipeError:
            line = ""
        finally:
            self._free.put(process)
        if not line.endswith("\n"):
            return tell(texts, language)
        holding, seconds = json.loads(line)
        return Told(len(texts), Counter(holding), seconds)


def _process() -> subprocess.Popen[str]:
    # What one complains of when it dies could quote a text, and its batch is read here again anyway.
    return subprocess.Popen(
        own_module("engine.profiling.reading"), stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
        text=True, encoding="ascii", env=os.environ | {"OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
    )  # fmt: skip


def _pipe(pipe: IO[str] | None) -> IO[str]:
    assert pipe is not None
    return pipe


def main() -> None:
    """Answer batches until there are no more."""
    for line in sys.stdin:
        arguments: tuple[list[str], Any] = json.loads(line)
        answer = tell(*arguments)
        print(json.dumps([answer.holding, answer.seconds]), flush=True)


if __name__ == "__main__":
    main()
