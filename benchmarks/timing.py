"""Time whole processes: wall and CPU seconds and peak memory of the process tree, several commands in turn."""

from __future__ import annotations

import os
import statistics
import subprocess
import sys
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

# Often enough for a tree of processes; of one process the system itself keeps the peak.
SAMPLING_SECONDS = 0.1


@dataclass(frozen=True)
class Measurement:
    """One finished process: wall seconds, CPU seconds (user and system, children included), peak memory in MiB."""

    wall: float
    cpu: float
    peak: float


def measure(command: Sequence[str], *, environment: Mapping[str, str] | None = None) -> Measurement:
    """Run *command* to its end and return what it took. Raises RuntimeError with its last words when it fails."""
    start = time.perf_counter()
    process = subprocess.Popen(
        command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, env={**os.environ, **(environment or {})}
    )
    peak = [0.0]
    watcher = threading.Thread(target=_watch, args=(process.pid, peak), daemon=True)
    watcher.start()
    errors = process.stderr.read() if process.stderr else b""
    _, status, used = os.wait4(process.pid, 0)  # also the CPU of children it waited for
    wall = time.perf_counter() - start
    process.returncode = os.waitstatus_to_exitcode(status)
    watcher.join()
    if process.returncode:
        message = f"{' '.join(command)} failed: {errors.decode(errors='replace')[-2000:]}"
        raise RuntimeError(message)
    return Measurement(wall, used.ru_utime + used.ru_stime, max(peak[0], used.ru_maxrss / 1024))


def in_turn(commands: Mapping[str, Sequence[str]], *, runs: int) -> dict[str, list[Measurement]]:
    """Run every command once to warm up, then *runs* times in turn (A B C A B C …), and return all figures."""
    for command in commands.values():
        measure(command)
    figures: dict[str, list[Measurement]] = {name: [] for name in commands}
    for number in range(runs):
        for name, command in commands.items():
            figures[name].append(measure(command))
            print(f"  run {number + 1} of {runs}  {name:32s} {figures[name][-1].wall:7.2f} s", file=sys.stderr)
    return figures


def median(values: Sequence[float]) -> float:
    """Return the median of *values*."""
    return statistics.median(values)


def _watch(process: int, peak: list[float]) -> None:
    """Keep the largest sum of resident memory over the tree of *process*, in MiB, until it ends."""
    while True:
        total = sum(_resident(member) for member in _tree(process))
        if total == 0:
            return
        peak[0] = max(peak[0], total)
        time.sleep(SAMPLING_SECONDS)


def _tree(process: int) -> list[int]:
    members = [process]
    for member in members:
        try:
            threads = list(Path(f"/proc/{member}/task").iterdir())
            for thread in threads:
                members += [int(child) for child in (thread / "children").read_text().split()]
        except (OSError, ValueError):
            continue
    return members


def _resident(process: int) -> float:
    try:
        for line in Path(f"/proc/{process}/status").read_text().splitlines():
            if line.startswith("VmRSS:"):
                return int(line.split()[1]) / 1024
    except OSError:
        pass
    return 0.0
