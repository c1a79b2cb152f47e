"""The sweep over k at scale: ours against scikit-learn's, in the same run, on the same rows.

scikit-learn: ``KMeans(n_init=10)`` on all rows in float32 and a silhouette of 20,000 of them, for every k. Ours: all of
``find_groups``, which also measures stability, compares with data without groups, settles the chosen k and labels
everyone. Writes ``results/sweep.md``.
"""

from __future__ import annotations

import argparse
import json
import os
import statistics
import time
from pathlib import Path

import numpy as np

from segmentry.cluster.groups import find_groups
from segmentry.core.recipe import Cluster
from segmentry.prepare.result import Prepared

HERE = Path(__file__).parent
STARTS = 10


def customers(rows: int, features: int, seed: int, *, kind: str) -> np.ndarray:
    """Return scaled features: ``groups`` of nine unequal sizes that overlap, or purchases in one ``continuum``."""
    rng = np.random.default_rng(seed)
    if kind == "groups":
        centres = rng.normal(size=(9, features)) * 2
        matrix = centres[rng.choice(9, rows, p=np.arange(1, 10) / 45)] + rng.normal(size=(rows, features))
    else:
        worth = rng.normal(size=rows)
        columns = [worth * rng.uniform(-1, 1) + rng.normal(size=rows) * rng.uniform(0.3, 1) for _ in range(features)]
        columns[0] = np.log1p(np.maximum(1, np.floor(np.exp(1 + worth + 0.4 * rng.normal(size=rows)))))
        columns[features // 2] = np.log1p(rng.exponential(90, rows) * np.exp(-0.4 * worth))
        matrix = np.column_stack(columns)
    return (matrix - matrix.mean(axis=0)) / matrix.std(axis=0)


def ours(matrix: np.ndarray, ks: list[int]) -> tuple[float, float, list[float]]:
    """Return wall and CPU seconds of finding the groups, and the inertia at every k."""
    everyone = np.ones(len(matrix), dtype=bool)
    names = tuple(map(str, range(matrix.shape[1])))
    prepared = Prepared(matrix, names, everyone, ~everyone, {}, (), pipeline=None)
    settings = Cluster(k_range=(ks[0], ks[-1]), starts=STARTS)
    wall, cpu = time.perf_counter(), time.process_time()
    found = find_groups(prepared, settings, value=matrix[:, 0])
    return time.perf_counter() - wall, time.process_time() - cpu, [score.inertia for score in found.choice.scores]


def theirs(matrix: np.ndarray, ks: list[int], *, silhouettes: bool) -> tuple[float, float, list[float]]:
    """Return the same of scikit-learn."""
    from sklearn.cluster import KMeans
    from sklearn.metrics import silhouette_score

    singles = matrix.astype(np.float32)
    wall, cpu, inertia = time.perf_counter(), time.process_time(), []
    for k in ks:
        fitted = KMeans(k, n_init=STARTS, random_state=0).fit(singles)
        inertia.append(float(fitted.inertia_))
        if silhouettes:
            silhouette_score(singles, fitted.labels_, sample_size=min(20_000, len(matrix)), random_state=0)
    return time.perf_counter() - wall, time.process_time() - cpu, inertia


def compare(
    rows: int, features: int, *, kind: str, seed: int, runs: int, ks: list[int], silhouettes: bool
) -> tuple[str, float, float]:
    """Return a row of the table for one data set, how many times faster ours is, and by how many percent worse at the
    worst k; and print them.
    """
    matrix = customers(rows, features, seed, kind=kind)
    mine = [ours(matrix, ks) for _ in range(runs)]
    wall, cpu, their_inertia = theirs(matrix, ks, silhouettes=silhouettes)
    mine.append(ours(matrix, ks))  # one more after theirs, should the machine have become busy or idle
    my_wall, my_cpu = statistics.median(one[0] for one in mine), statistics.median(one[1] for one in mine)
    above = [(a / b - 1) * 100 for a, b in zip(mine[0][2], their_inertia, strict=True)]
    worst = max(range(len(ks)), key=lambda place: above[place])
    mean = float(np.mean(above))
    line = (
        f"| {rows:,} × {features} {kind}, seed {seed} | {my_wall:.2f} / {my_cpu:.2f} | {wall:.1f} / {cpu:.1f} "
        f"| {wall / my_wall:.0f} / {cpu / my_cpu:.0f} | {above[worst]:+.3f} % (k = {ks[worst]}) | {mean:+.3f} % |"
    )
    print(line, flush=True)
    print("  by k:", ", ".join(f"{k} {one:+.3f}" for k, one in zip(ks, above, strict=True)), flush=True)
    return line, wall / my_wall, above[worst]


def main() -> None:
    """Run the comparison and write the table."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--rows", type=int, nargs="+", default=[1_000_000])
    parser.add_argument("--features", type=int, nargs="+", default=[8])
    parser.add_argument("--kinds", nargs="+", default=["groups"], choices=["groups", "continuum"])
    parser.add_argument("--seeds", type=int, nargs="+", default=[0])
    parser.add_argument("--k", type=int, nargs=2, default=[2, 12], metavar=("LOW", "HIGH"))
    parser.add_argument("--runs", type=int, default=2)
    parser.add_argument(
        "--no-silhouettes", action="store_true", help="leave out scikit-learn's, where only inertia counts"
    )
    parser.add_argument("--output", type=Path, default=HERE / "results" / "sweep.md")
    parser.add_argument("--answers", type=Path, help="a file for the figures, for the bench")
    given = parser.parse_args()
    ks = list(range(given.k[0], given.k[1] + 1))
    lines = [
        f"# Sweep over k = {ks[0]} … {ks[-1]}, {STARTS} starts each",
        f"{os.cpu_count()} cores, load before {os.getloadavg()[0]:.1f}. Seconds are wall / CPU of all threads.",
        "Inertia is ours against the best of ten full scikit-learn runs.",
        "",
        "| data | ours | scikit-learn | times faster | worst k | mean over k |",
        "|---|---|---|---|---|---|",
    ]
    found = [
        compare(rows, features, kind=kind, seed=seed, runs=given.runs, ks=ks, silhouettes=not given.no_silhouettes)
        for rows in given.rows
        for features in given.features
        for kind in given.kinds
        for seed in given.seeds
    ]
    lines += [line for line, _, _ in found]
    if given.answers:
        given.answers.parent.mkdir(parents=True, exist_ok=True)
        figures = {"times faster": min(one[1] for one in found), "worst, %": max(one[2] for one in found)}
        given.answers.write_text(json.dumps({"figures": figures}), encoding="utf-8")
    given.output.parent.mkdir(exist_ok=True)
    given.output.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"Written to {given.output}")


if __name__ == "__main__":
    main()
