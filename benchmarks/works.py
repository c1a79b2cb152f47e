"""What is measured: each work has data, commands that run in turn on it, and a check that their answers agree.

Adding a work is a function here that returns a ``Work``, and its name in ``WORKS``.
"""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache, partial
from importlib.util import find_spec
from pathlib import Path
from subprocess import run

import checks
import customers
import duckdb
from answers import Answers, of_peer, of_segmentry, only_run
from data import LARGE, Places, number

HERE = Path(__file__).parent
RESULTS = HERE / "results"
PEERS = {
    "notebook": ("notebook", "matplotlib"),
    "polars": ("Polars + scikit-learn", "polars"),
    "duckdb": ("DuckDB + scikit-learn", "duckdb"),
    "spark": ("Spark MLlib, local[2]", "pyspark"),
}
SCRIPTS = {"polars": "polars_sklearn.py", "duckdb": "duckdb_sklearn.py", "spark": "spark_mllib.py"}
MEMORY, MEMORY_MIB = "4GB", 4e9 / 2**20
LABELS = "SELECT customer_id::BIGINT AS customer_id, segment_id FROM read_parquet(?)"
# Above it a warm-up is a large part of the whole, and start-up a small one.
WARMED_UP = 1_000_000
# The notebook's silhouettes of all customers take hours from there on; its script has a sample for that.
SAMPLED, SAMPLE = 1_000_000, "10000"


@dataclass(frozen=True)
class Command:
    """One program on the data of a work. ``key`` names it in results and its folder; ``most`` runs are enough.

    ``fresh``: nothing compiled or cached before is used. ``refused`` says why it is not run at all.
    """

    key: str
    label: str
    words: Sequence[str]
    read: Callable[[Path], Answers] | None = None
    most: int | None = None
    warm_up: bool = True
    fresh: bool = False
    prints: str | None = None
    refused: str = ""


@dataclass(frozen=True)
class Work:
    """Commands on the same data, in turn; ``check`` gets the folder of outputs, the answers and the labels by key.

    ``count`` and ``unit`` say how many of what one run works on, where a rate is the figure that counts.
    """

    name: str
    title: str
    data: Path
    commands: tuple[Command, ...]
    check: Callable[[Path, Mapping[str, Answers], Mapping[str, str]], list[checks.Check]]
    count: int | None = None
    unit: str = ""
    table: Path | None = None


Builder = Callable[[str, Places, Sequence[str]], Work]


def main_job(name: str, places: Places, peers: Sequence[str]) -> Work:
    """From transactions to segments, by Segmentry (with report and without) and the *peers*."""
    path = places.transactions(name)
    lines = 0 if name == "retail" else number(name)
    out = places.folder / "outputs" / name
    ours = partial(_segmentry_run, path, out, memory=lines >= LARGE, warm_up=lines <= WARMED_UP)
    commands = [ours("segmentry", "segmentry run"), ours("no-report", "segmentry run --no-report", "--no-report")]
    if name == "retail":
        commands.append(ours("cold", "segmentry run, nothing cached", fresh=True))
    commands += [_peer(peer, path, lines, out, places) for peer in peers]
    size = "the real retail file" if name == "retail" else f"{lines:,} generated transactions"
    return Work(name, f"{size} ({path.name}), whole process", path, tuple(commands), checks.of_main_job)


def _named(work: str, size: str) -> str:
    """Return the name of results: another size than the promised one has results of its own."""
    return f"{work}-{size}" if size else work


def _segmentry_run(
    path: Path, out: Path, key: str, label: str, *options: str, memory: bool, warm_up: bool, fresh: bool = False
) -> Command:
    if memory and knows_memory():
        options, label = (*options, "--memory", MEMORY), f"{label} --memory {MEMORY}"
    words = [sys.executable, "-m", "segmentry", "run", str(path), "--out", str(out / key), *options]
    most = 1 if fresh else None
    return Command(key, label, words, of_segmentry, most=most, warm_up=warm_up and not fresh, fresh=fresh)


@cache
def knows_memory() -> bool:
    """Whether ``segmentry run`` has an option that bounds its memory."""
    words = [sys.executable, "-m", "segmentry", "run", "--help"]
    return "--memory" in run(words, capture_output=True, text=True, check=True).stdout


def _peer(peer: str, path: Path, lines: int, out: Path, places: Places) -> Command:
    label, library = PEERS[peer]
    words = [sys.executable, str(HERE / "peers" / SCRIPTS.get(peer, "")), str(path), str(out / peer)]
    read: Callable[[Path], Answers] = of_peer
    refused = "" if find_spec(library) else f"not run: {library} is not installed"
    # a start of Spark is no noise, and at large sizes it takes an hour: one run says enough
    most = 1 if lines >= LARGE or (peer == "spark" and lines > WARMED_UP) else None
    if peer == "spark":
        label += " (1 start per k)"
    if peer == "notebook":
        words = [sys.executable, str(places.notebook), str(path), str(out / peer)]
        words += [SAMPLE] if lines > SAMPLED else []
        read = lambda _: Answers()  # noqa: E731 -- what it leaves is compared with ours as a table
        if path.suffix == ".parquet":
            refused = "not run: it reads all of a CSV file into memory"
        elif not places.notebook.exists():
            refused = f"not run: {places.notebook.name} is not here"
    return Command(peer, label, words, read, most=most, warm_up=lines <= WARMED_UP, refused=refused)


def scan(size: str, places: Places, _: Sequence[str]) -> Work:
    """Cleaning, ledger, duplicates and features beside one plain scan of the columns they need."""
    path = places.transactions(size or "100M")
    name = _named("scan", size)
    out = places.folder / "outputs" / name
    large = number(size or "100M") >= LARGE
    commands = (
        Command("scan", "DuckDB, one scan", [sys.executable, str(HERE / "peers/scan.py"), str(path), str(out / "scan")],
                of_peer, warm_up=not large),
        _segmentry_run(path, out, "segmentry", "segmentry run --no-report", "--no-report", memory=large,
                       warm_up=not large),
    )  # fmt: skip
    return Work(name, f"features of {path.name} beside one scan of its columns", path, commands, _scanned)


def _scanned(_: Path, found: Mapping[str, Answers], __: Mapping[str, str]) -> list[checks.Check]:
    if len(found) < 2:
        return [checks.Check("lines", "not compared: a command did not finish", fine=False)]
    theirs, ours = found["scan"].rows, found["segmentry"].facts["rows read"]
    return [checks.Check("lines read", f"{ours:,}, by the scan {theirs:,}", ours == theirs)]


def scoring(size: str, places: Places, _: Sequence[str]) -> Work:
    """A model of five features on a customer table, Parquet to Parquet, beside the same by hand."""
    count = number(size or "10M")
    path = customers.generate(count, places.folder / f"c{count}.parquet")
    name = _named("scoring", size)
    out = places.folder / "outputs" / name
    model = _fitted(places)
    peer = [sys.executable, str(HERE / "peers" / "score_numpy.py"), str(model / "model"), str(path), str(out / "numpy")]
    score = [sys.executable, "-m", "segmentry", "score", str(model), str(path), "--out", str(out / "segmentry.parquet")]
    nothing = lambda _: Answers()  # noqa: E731 -- the tables themselves are compared
    commands = (
        Command("segmentry", "segmentry score", score, nothing),
        Command("numpy", "Polars + NumPy, by hand", peer, nothing),
    )
    title = f"scoring {count:,} customers × {len(customers.FEATURES)} features, Parquet to Parquet, whole process"
    return Work(name, title, path, commands, _scored, count=count, unit="customers")


def _fitted(places: Places) -> Path:
    """Return a run folder whose model is fitted on a sample of 200,000 customers, by the version that is measured."""
    sample = customers.generate(200_000, places.folder / "c200000.parquet")
    runs = places.folder / "models"
    recipe = places.folder / "scoring.yaml"
    recipe.write_text(
        f"source: {{path: {sample.name}, kind: customers}}\n"
        f"features: [{', '.join(customers.FEATURES)}]\n"
        "prepare:\n  outliers: {method: none}\n  scale: standard\n"
        "  transform: {log1p: [frequency, monetary, average_order_value]}\n"
        "cluster: {k: 6}\n",
        encoding="utf-8",
    )
    shutil.rmtree(runs, ignore_errors=True)
    words = [sys.executable, "-m", "segmentry", "run", str(recipe), "--no-report", "--out", str(runs)]
    run(words, check=True, capture_output=True)
    return only_run(runs)


def _scored(folder: Path, found: Mapping[str, Answers], _: Mapping[str, str]) -> list[checks.Check]:
    if len(found) < 2:
        return [checks.Check("labels", "not compared: a command did not finish", fine=False)]
    with duckdb.connect() as connection:
        tables = [
            connection.execute(LABELS, [str(path)]).fetchnumpy()
            for path in (folder / "segmentry.parquet", folder / "numpy" / "scored.parquet")
        ]  # fmt: skip
    return checks.of_scores(*tables)


def script(
    name: str,
    title: str,
    file: str,
    words: Callable[[str, Places], list[str]],
    read: Callable[[Path], Answers] = lambda _: Answers(),
) -> Builder:
    """Return the builder of a work that is a script of its own, with its own comparison: its table is what it prints.

    *words* gives the script its arguments for a size (empty: the script's own), *read* what it found.
    """

    def work(size: str, places: Places, _: Sequence[str]) -> Work:
        here = (HERE / file).exists()
        arguments = words(size, places) if here else []
        refused = "" if here else f"not run: benchmarks/{file} is not here"
        command = Command("script", f"benchmarks/{file}", [sys.executable, str(HERE / file), *arguments],
                          read, most=1, warm_up=False, prints="printed.md", refused=refused)  # fmt: skip
        check = _compared_by_itself if here else lambda *_: []
        named = _named(name, size)
        return Work(named, title, HERE / file, (command,), check, table=RESULTS / f"{named}.md")

    return work


def _compared_by_itself(_: Path, found: Mapping[str, Answers], __: Mapping[str, str]) -> list[checks.Check]:
    return [checks.Check("its own comparison", "as it should be" if found else "differs, or not finished", bool(found))]


def _sweep_words(size: str, places: Places) -> list[str]:
    answers = places.folder / "outputs" / _named("sweep", size) / "script" / "answers.json"
    return ["--answers", str(answers), *(["--rows", str(number(size))] if size else [])]


def _cluster_words(size: str, places: Places) -> list[str]:
    return ["--data", str(places.transactions(f"{size or '10M'}.parquet"))]


def _refresh_words(size: str, places: Places) -> list[str]:
    return ["--data", str(places.folder), "--lines", str(number(size or "1M"))]


WORKS: dict[str, Builder] = {
    "scan": scan,
    "scoring": scoring,
    "sweep": script("sweep", "k from 2 to 12, ten starts each", "sweep.py", _sweep_words, of_peer),
    "spark": script("spark", "features on a Spark cluster of two workers", "spark_cluster.py", _cluster_words),
    "refresh": script("refresh", "a refresh for a new file, beside one from all rows", "refreshing.py", _refresh_words),
    "kernels": script("kernels", "what does the inner loop of k-means", "kernels.py", lambda *_: []),
}  # fmt: skip


def find_work(asked: str, places: Places, peers: Sequence[str]) -> Work:
    """Return the work called *asked*: ``scan``, ``scoring:1M`` (a smaller one), or a size of the main job."""
    name, _, size = asked.partition(":")
    if name in WORKS:
        return WORKS[name](size, places, peers)
    return main_job(asked, places, peers)
