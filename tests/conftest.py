"""Fixtures that every group of tests may use."""

from __future__ import annotations

import atexit
import os
import shutil
import tempfile
from collections.abc import Callable
from datetime import date
from pathlib import Path
from typing import Any

import pandas as pd
import pytest
from hypothesis import settings

from segmentry.clean import Marked, Rows, settle
from segmentry.core.recipe import Clean
from segmentry.engine import Engine, open_local

# Without it one of scikit-learn's own estimator checks is skipped; it is read when SciPy is first imported.
os.environ.setdefault("SCIPY_ARRAY_API", "1")

# Queries that an earlier run left are the tests' own; nothing of the user's is read or written.
os.environ["SEGMENTRY_CACHE"] = (CACHE := tempfile.mkdtemp(prefix="segmentry-tests-"))
atexit.register(shutil.rmtree, CACHE, ignore_errors=True)

# A busy machine is no fault of the code: benchmarks say how long things take.
settings.register_profile("segmentry", deadline=None)
settings.load_profile("segmentry")

PROJECT = Path(__file__).parents[1]
SHARED = PROJECT.parent / "shared"


def missing(part: str) -> None:
    """Skip the test for want of *part*; where nothing may be missing (CI), fail it."""
    if os.environ.get("SEGMENTRY_REQUIRE_ALL") == "1":
        pytest.fail(f"{part} is missing, and SEGMENTRY_REQUIRE_ALL=1 allows no skip")
    pytest.skip(f"{part} is not on this machine")


@pytest.fixture(scope="session")
def without() -> Callable[[str], None]:
    """What a fixture calls when a part of the machine is not there."""
    return missing


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: Any) -> Any:
    """Share tests out by file, and those of Spark to one process, of the other engines to one: each server is started
    once. (xdist 3.8 has groups for it, which pytest 9.2 does not see.)
    """
    from xdist.scheduler import LoadScopeScheduling

    class ByServer(LoadScopeScheduling):
        def _split_scope(self, nodeid: str) -> str:
            if "tests/engines/" in nodeid:
                return "spark" if "[spark" in nodeid else "engines"
            return nodeid.split("::", 1)[0]

    return ByServer(config, log) if config.getvalue("dist") == "load" else None


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data sets beside the project."""
    folder = SHARED / "data"
    if not folder.is_dir():
        missing("../shared/data")
    return folder


@pytest.fixture(scope="session")
def chromium() -> str:
    """The path of a real Chromium."""
    for name in ("chromium", "chromium-browser", "google-chrome"):
        if found := shutil.which(name):
            return found
    missing("Chromium")
    raise AssertionError


@pytest.fixture(scope="session")
def liberation_sans() -> dict[str, Path]:
    """The files of the font whose widths the charts assume: ``Regular`` and ``Bold``."""
    styles = ("Regular", "Bold")
    found = {style: next(Path("/usr/share/fonts").rglob(f"LiberationSans-{style}.ttf"), None) for style in styles}
    if None in found.values():
        missing("Liberation Sans")
    return {style: path for style, path in found.items() if path}


# The canonical transactions table (core.tables.TRANSACTIONS) in DuckDB's types.
TYPES = {
    "row_id": "BIGINT", "source_file": "VARCHAR", "source_line": "BIGINT", "customer_id": "VARCHAR", "order_id": "VARCHAR",
    "time": "TIMESTAMP", "quantity": "DOUBLE", "unit_price": "DOUBLE", "amount": "DECIMAL(18,4)", "product": "VARCHAR",
    "description": "VARCHAR", "category": "VARCHAR", "country": "VARCHAR", "unparsed": "VARCHAR", "row_key": "VARCHAR",
}  # fmt: skip


@pytest.fixture
def engine() -> Engine:
    return Engine(open_local())


@pytest.fixture
def transactions(engine: Engine) -> Callable[[list[dict[str, Any]]], Any]:
    def build(lines: list[dict[str, Any]]) -> Any:
        frame = pd.DataFrame(lines)
        for name in TYPES:
            if name not in frame:
                frame[name] = None
        frame["row_id"] = range(len(frame))
        frame["amount"] = frame["amount"].where(frame["amount"].notna(), frame["quantity"] * frame["unit_price"])
        columns = ["customer_id", "order_id", "time", "quantity", "unit_price", "amount", "product", "unparsed"]
        frame["row_key"] = ["|".join(map(str, row)) for row in frame[columns].to_numpy().tolist()]
        engine.connection.register("frame", frame)
        cast = ", ".join(f"CAST({name} AS {kind}) AS {name}" for name, kind in TYPES.items())
        engine.connection.execute(f"CREATE OR REPLACE TABLE lines AS SELECT {cast} FROM frame")
        engine.connection.unregister("frame")
        return engine.backend.table("lines")

    return build


@pytest.fixture(params=["usual", "large", "elsewhere"])
def settled(request: pytest.FixtureRequest, engine: Engine, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Marked]:
    """Settle canonical transactions, in each of the ways there are: the same must come out."""
    if request.param == "large":
        monkeypatch.setattr("segmentry.clean.settling.LARGE", 0)
    if request.param == "elsewhere":
        monkeypatch.setattr(engine, "has_hashes", False)

    def settle_table(
        table: Any, clean: Clean | None = None, *, as_of: date | None = None, window_days: int | None = None
    ) -> Marked:
        count = int(table.count().to_pyarrow().as_py())
        rows = Rows(lambda: table, count, "the test", roles={"quantity", "product", "category", "country"})
        today = as_of or date(2026, 1, 1)
        return settle(engine, rows, clean or Clean(), as_of=as_of, today=today, window_days=window_days)

    return settle_table
