"""``segmentry doctor``: what this machine can do."""

from __future__ import annotations

from importlib.util import find_spec
from typing import TYPE_CHECKING

from . import console, options

if TYPE_CHECKING:
    from ..engine import Abilities

OK, MISSING = "ok", "missing"


def doctor(as_json: options.AsJson = False) -> None:
    """Check the installation: engines and what each cannot do, file formats, optional parts, cores and memory."""
    checks = [_python(), _engine(), *_engines(), _excel(), _frames(), _kept_queries(), _machine()]
    if as_json:
        console.as_json([{"part": part, "state": state, "detail": detail} for part, state, detail in checks])
        return
    console.table([("part", "left"), ("state", "left"), ("detail", "left")], checks)


def _python() -> tuple[str, str, str]:
    import platform

    from .. import __version__

    return (
        "segmentry",
        OK,
        f"{__version__} on Python {platform.python_version()}, {platform.system()} {platform.machine()}",
    )


def _engine() -> tuple[str, str, str]:
    import duckdb

    from ..engine import open_local

    found = open_local().execute("SELECT sum(x) FROM range(10) t(x)").fetchone()
    works = found is not None and found[0] == 45
    return "engine inside", OK if works else "broken", f"DuckDB {duckdb.__version__}: CSV, Parquet, JSON lines, gz, zst"


def _engines() -> list[tuple[str, str, str]]:
    """Return a line for each engine elsewhere: whether its driver is here, and what it cannot do."""
    from ..engine import ENGINES

    return [(one.title, MISSING if one.missing else OK, _about(one)) for one in ENGINES.values() if one.package]


def _about(engine: Abilities) -> str:
    from ..engine import ONE_STEP, READING, lacks

    words = [f"{engine.schemes[0]}://…"]
    missing = lacks(engine.name)
    if not engine.keeps or READING in missing:
        reason = f"no {', '.join(missing[READING])}" if READING in missing else "it has no temporary tables"
        return "; ".join([*words, f"cannot be used: {reason}"])
    words += [f"to have it: {engine.missing}"] * bool(engine.missing)
    words += ["by way of Ibis, not tested"] * (not engine.tested)
    cannot = [f"{what} (no {', '.join(operations)})" for what, operations in missing.items()]
    cannot += ["zones other than UTC"] * (engine.zone_function is None)
    words += [f"a table replaces an earlier one {engine.replaces}"] * (engine.replaces != ONE_STEP)
    return "; ".join([*words, *[f"cannot: {', '.join(cannot)}"] * bool(cannot)])


def _excel() -> tuple[str, str, str]:
    if find_spec("python_calamine"):
        return "Excel files", OK, "python-calamine reads workbooks"
    return "Excel files", MISSING, "to have them: pip install python-calamine"


def _frames() -> tuple[str, str, str]:
    known = [name for name in ("pandas", "polars", "pyarrow") if find_spec(name)]
    return "frames", OK if known else MISSING, f"from Python: {', '.join(known)}"


def _kept_queries() -> tuple[str, str, str]:
    from ..engine import cache_folder

    folder = cache_folder()
    return "kept queries", OK, f"in {folder / 'plans'}" if folder else "none: SEGMENTRY_CACHE is empty"


def _machine() -> tuple[str, str, str]:
    import os

    memory = (
        os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES") / 2**30 if hasattr(os, "sysconf") else float("nan")
    )
    return "machine", OK, f"{os.cpu_count()} cores, {memory:.0f} GiB of memory"
