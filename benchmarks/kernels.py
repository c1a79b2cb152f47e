"""Which code does the inner loop of k-means: NumPy in blocks, scikit-learn's compiled Lloyd, or Numba.

For each size, seconds of one iteration (k = 12), of starting up in a fresh process (import, and compiling where the
compiler's cache is empty or warm), and of what a sweep needs: Numba is measured where it is installed; nothing else
here needs it. Writes ``results/kernels.md``.
"""

from __future__ import annotations

import argparse
import importlib.util
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import numpy as np

HERE = Path(__file__).parent
GROUPS = 12

NUMBA = """
import numpy as np
from numba import njit, prange


@njit(parallel=True, fastmath=True, cache=True)
def lloyd(rows, centres, parts):
    n, d = rows.shape
    k = len(centres)
    sums, counts = np.zeros((parts, k, d), np.float32), np.zeros((parts, k), np.int64)
    for part in prange(parts):
        for i in range(part * n // parts, (part + 1) * n // parts):
            row, best, low = rows[i], 0, np.float32(np.inf)
            for j in range(k):
                centre, distance = centres[j], np.float32(0)
                for f in range(d):
                    step = row[f] - centre[f]
                    distance += step * step
                if distance < low:
                    low, best = distance, j
            counts[part, best] += 1
            for f in range(d):
                sums[part, best, f] += row[f]
    return sums.sum(axis=0), counts.sum(axis=0)
"""


def seconds(work: Callable[[], object], runs: int = 5) -> float:
    """Return the least wall seconds of *runs* calls: others on the machine only ever add."""
    least = np.inf
    for _ in range(runs):
        begun = time.perf_counter()
        work()
        least = min(least, time.perf_counter() - begun)
    return float(least)


def numpy_iterations(matrix: np.ndarray) -> tuple[float, float]:
    """Return seconds of a look at all rows, and of one at the rows near a border, in the product's own code."""
    from segmentry.cluster.blocks import blocks_of
    from segmentry.cluster.border import Room, reach_of, split_at
    from segmentry.cluster.crew import crew

    with crew() as workers:
        data = blocks_of(matrix, workers)
        room, centres = Room(GROUPS), matrix[:: len(matrix) // GROUPS][:GROUPS] - data.centre
        reach = reach_of(data, centres)
        near = split_at(data, centres, reach, room).near
        # two solutions at once, as in a sweep, each on its own thread
        both = seconds(lambda: workers.each(lambda _: split_at(data, centres, reach, Room(GROUPS)), [0, 1]))
        again = seconds(lambda: split_at(near, centres, reach, room))
    return both / 2, again


def scikit_learn_iteration(matrix: np.ndarray) -> float:
    """Return seconds of one iteration of scikit-learn: 21 less 1, divided by 20."""
    from sklearn.cluster import KMeans

    rows = matrix.astype(np.float32)
    begin = rows[:: len(rows) // GROUPS][:GROUPS]

    def fit(iterations: int) -> None:
        # a tolerance of 0 would stop at equal labels only
        KMeans(GROUPS, init=begin, n_init=1, max_iter=iterations, tol=0, algorithm="lloyd").fit(rows)

    import warnings

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        return (seconds(lambda: fit(21), 2) - seconds(lambda: fit(1), 2)) / 20


def numba_iteration(matrix: np.ndarray, folder: Path) -> float:
    """Return seconds of one iteration of the kernel in *folder*, compiled before."""
    sys.path.insert(0, str(folder))
    lloyd = importlib.import_module("kernel").lloyd
    rows = matrix.astype(np.float32)
    begin = np.ascontiguousarray(rows[:: len(rows) // GROUPS][:GROUPS])
    lloyd(rows[:100], begin, 2)
    return seconds(lambda: lloyd(rows, begin, os.cpu_count() or 1))


def started(code: str, folder: Path) -> float:
    """Return wall seconds of a fresh process that runs *code* less those of one that imports NumPy."""
    environment = {**os.environ, "NUMBA_CACHE_DIR": str(folder / "cache"), "PYTHONPATH": str(folder)}

    def run(text: str) -> float:
        begun = time.perf_counter()
        subprocess.run([sys.executable, "-c", text], check=True, env=environment)
        return time.perf_counter() - begun

    run("import numpy")
    return run(code) - min(run("import numpy") for _ in range(3))


def start_up(folder: Path) -> dict[str, float]:
    """Return seconds until each is ready in a fresh process."""
    compiled = (
        "import numpy as np, kernel; kernel.lloyd(np.zeros((100, 8), np.float32), np.zeros((3, 8), np.float32), 2)"
    )
    found = {"scikit-learn": started("import sklearn.cluster", folder)}
    if importlib.util.find_spec("numba"):
        found["Numba, nothing compiled yet"] = started(compiled, folder)
        found["Numba, compiled before"] = started(compiled, folder)
    return found


def main() -> None:
    """Measure, and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[10_000, 1_000_000, 10_000_000])
    parser.add_argument("--features", type=int, default=8)
    parser.add_argument("--output", type=Path, default=HERE / "results" / "kernels.md")
    given = parser.parse_args()
    lines = [
        f"# One iteration of k-means, k = {GROUPS}, {given.features} features, float32, {os.cpu_count()} cores",
        "Milliseconds; *near a border* is an iteration over the rows that can change their group (15 %).",
        "",
        "| rows | NumPy, all rows | NumPy, near a border | scikit-learn | Numba |",
        "|---|---|---|---|---|",
    ]
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "kernel.py").write_text(NUMBA, encoding="utf-8")
        os.environ["NUMBA_CACHE_DIR"] = str(folder / "cache")
        starts = start_up(folder)
        for rows in given.rows:
            matrix = np.random.default_rng(0).normal(size=(rows, given.features))
            whole, near = numpy_iterations(matrix)
            theirs = scikit_learn_iteration(matrix)
            compiled = numba_iteration(matrix, folder) if importlib.util.find_spec("numba") else float("nan")
            figures = " | ".join(f"{1000 * one:.2f}" for one in (whole, near, theirs, compiled))
            lines.append(f"| {rows:,} | {figures} |")
            print(lines[-1], flush=True)
    lines += ["", "Seconds until ready in a fresh process, beyond importing NumPy:", ""]
    lines += [f"- {name}: {value:.2f}" for name, value in starts.items()]
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print("\n".join(lines))


if __name__ == "__main__":
    main()
