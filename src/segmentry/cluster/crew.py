"""Work on all cores: plain threads, for NumPy lets other threads run while it computes.

What is shared out is numbered, and results come back by number: they do not depend on how many threads there are.
"""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

from threadpoolctl import threadpool_limits

MANY = 100_000  # rows: for fewer a thread is not worth starting

Task = TypeVar("Task")
Result = TypeVar("Result")


def cores() -> int:
    """Return how many cores this process may use."""
    if hasattr(os, "sched_getaffinity"):
        return len(os.sched_getaffinity(0))
    return os.cpu_count() or 1


@dataclass(frozen=True)
class Crew:
    """A pool of threads and their number. With one, work is done by the caller."""

    pool: ThreadPoolExecutor
    size: int

    def each(self, work: Callable[[Task], Result], tasks: Sequence[Task]) -> list[Result]:
        """Return what *work* makes of each of *tasks*, in their order. Large tasks first keeps all threads busy."""
        if self.size == 1 or len(tasks) < 2:
            return [work(task) for task in tasks]
        return list(self.pool.map(work, tasks))

    def blocks(self, work: Callable[[range], list[Result]], count: int) -> list[Result]:
        """Return the results of *count* blocks in order; *work* takes the numbers of several and returns as many."""
        runs = [range(start, count, self.size) for start in range(min(self.size, count))]
        found: list[Result | None] = [None] * count
        for run, results in zip(runs, self.each(work, runs), strict=True):
            for number, result in zip(run, results, strict=True):
                found[number] = result
        return found  # type: ignore[return-value]  # every number is in one of the runs

    def begin(self, work: Callable[[], Result]) -> Future[Result]:
        """Start *work* beside what the caller does next."""
        return self.pool.submit(work)


@contextmanager
def crew(size: int | None = None) -> Iterator[Crew]:
    """Give a crew of *size* threads (default: one a core) whose matrix products take one thread each.

    BLAS threads spin on products as small as ours, which costs more than it brings, and far more on a busy machine.
    """
    size = size or cores()
    with threadpool_limits(1, user_api="blas"), ThreadPoolExecutor(max(2, size)) as pool:
        yield Crew(pool, size)


def over_rows(work: Callable[[slice], None], n: int, rows: int) -> None:
    """Call *work* with every slice of *rows* of *n* rows: on all cores where that pays, which changes no result."""
    slices = [slice(start, min(start + rows, n)) for start in range(0, n, rows)]
    size = cores()
    if n < MANY or size == 1:
        for part in slices:
            work(part)
        return

    def several(first: int) -> None:
        for part in slices[first::size]:
            work(part)

    with ThreadPoolExecutor(size) as pool:
        list(pool.map(several, range(size)))
