"""Time whole processes: wall and CPU seconds and peak memory of the process tree, several commands in turn."""

from __future__ import annotations

import contextlib
import os
import signal
import statistics
import subprocess
import tempfile
import threading
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

# Often enough for a tree of processes; of one process the system itself keeps the peak.
SAMPLING_SECONDS = 0.1
TICKS = os.sysconf("SC_CLK_TCK")
FINISHED = "finished"


@dataclass(frozen=True)
class Limits:
    """What a process may take before it is stopped: wall seconds, and MiB of memory of its whole tree."""

    seconds: float = float("inf")
    mib: float = float("inf")


@dataclass(frozen=True)
class Measurement:
    """One process: wall seconds, CPU seconds (user and system, children included), peak memory in MiB, how it ended.

    ``ended`` is ``finished``, or what stopped it; ``said`` has its last words when it failed.
    """

    wall: float
    cpu: float
    peak: float
    ended: str = FINISHED
    said: str = ""

    @property
    def finished(self) -> bool:
        return self.ended == FINISHED


@dataclass
class _Tree:
    """What was seen of a process and its children: CPU seconds of each, and the largest sum of resident memory."""

    root: int
    limits: Limits
    cpu: dict[int, float] = field(default_factory=dict)
    peak: float = 0.0
    stopped: str = ""

    def watch(self, started: float) -> None:
        """Look again and again until the process ends; end its group when it goes beyond a limit."""
        while resident := self._look():
            self.peak = max(self.peak, resident)
            if resident > self.limits.mib:
                self.stopped = f"stopped at {self.limits.mib / 1024:.1f} GB of memory"
            elif time.perf_counter() - started > self.limits.seconds:
                self.stopped = f"stopped after {self.limits.seconds:.0f} s"
            if self.stopped:
                end_group(self.root)
                return
            time.sleep(SAMPLING_SECONDS)

    def _look(self) -> float:
        """Note the CPU seconds of every member of the tree and return their resident memory in MiB."""
        total = 0.0
        for member in _members(self.root):
            with contextlib.suppress(OSError, IndexError, ValueError):
                # behind the name in brackets, which may hold spaces, user and system ticks come 12th and 13th
                fields = Path(f"/proc/{member}/stat").read_text().rpartition(")")[2].split()
                # a process that is just being forked still shares, and would count once more, its parent's memory
                total += _resident(member) if member in self.cpu or member == self.root else 0
                self.cpu[member] = (int(fields[11]) + int(fields[12])) / TICKS
        return total


def measure(
    command: Sequence[str],
    *,
    environment: Mapping[str, str] | None = None,
    limits: Limits | None = None,
    prints_to: Path | None = None,
) -> Measurement:
    """Run *command* to its end, or to a limit, and return what it took; what it prints goes to the file *prints_to*."""
    with tempfile.TemporaryFile() as errors, Path(prints_to or os.devnull).open("wb") as printed:
        start = time.perf_counter()
        process = subprocess.Popen(
            command,
            stdout=printed,
            stderr=errors,
            env={**os.environ, **(environment or {})},
            start_new_session=True,  # a group of its own, so that a limit ends its children too
        )
        tree = _Tree(process.pid, limits or Limits())
        watcher = threading.Thread(target=tree.watch, args=(start,), daemon=True)
        watcher.start()
        _, status, used = os.wait4(process.pid, 0)
        wall = time.perf_counter() - start
        process.returncode = os.waitstatus_to_exitcode(status)
        watcher.join()
        end_group(process.pid)
        errors.seek(0)
        said = errors.read().decode(errors="replace")[-2000:] if process.returncode else ""
    # the system counts only children that were waited for, the watcher all of them but the last tenth of a second
    cpu = max(used.ru_utime + used.ru_stime, sum(tree.cpu.values()))
    return Measurement(wall, cpu, max(tree.peak, used.ru_maxrss / 1024), _ended(tree, process.returncode), said)


def _ended(tree: _Tree, code: int) -> str:
    if tree.stopped:
        return tree.stopped
    if code == -signal.SIGKILL:
        return "killed by the system (memory)"
    return FINISHED if code == 0 else f"failed with exit code {code}"


def end_group(leader: int) -> None:
    """End what is left of the process group that *leader* began."""
    with contextlib.suppress(ProcessLookupError):
        os.killpg(leader, signal.SIGKILL)


def median(values: Sequence[float]) -> float:
    """Return the median of *values*."""
    return statistics.median(values)


def _members(process: int) -> list[int]:
    """Return *process* and everything below it."""
    members = [process]
    for member in members:
        with contextlib.suppress(OSError, ValueError):
            for thread in Path(f"/proc/{member}/task").iterdir():
                members += [int(child) for child in (thread / "children").read_text().split()]
    return members


def _resident(process: int) -> float:
    for line in Path(f"/proc/{process}/status").read_text().splitlines():
        if line.startswith("VmRSS:"):
            return int(line.split()[1]) / 1024
    return 0.0
