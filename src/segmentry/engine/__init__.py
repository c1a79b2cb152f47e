"""Where queries run: ``open_local`` starts the DuckDB inside, ``Engine`` runs Ibis expressions on it, and ``connect``
opens another engine with the same methods.

Stages before the border only build expressions; everything that executes one goes through here. Each name is imported
when it is first used: whether a run knows its queries is asked before DuckDB is there.
"""

from typing import TYPE_CHECKING

from ..core.imports import on_first_use

if TYPE_CHECKING:
    from .abilities import ENGINES, GOODS, ONE_STEP, READING, Abilities, check, engine_of, lacks
    from .engine import Engine, Query
    from .local import open_local
    from .opening import connect
    from .parquet import quoted, read_columns, replace_rows, scratch, write_columns, write_csv
    from .plan import Plan, cache_folder

__all__ = [
    "ENGINES",
    "GOODS",
    "ONE_STEP",
    "READING",
    "Abilities",
    "Engine",
    "Plan",
    "Query",
    "cache_folder",
    "check",
    "connect",
    "engine_of",
    "lacks",
    "open_local",
    "quoted",
    "read_columns",
    "replace_rows",
    "scratch",
    "write_columns",
    "write_csv",
]

__getattr__ = on_first_use(
    __name__,
    {
        "ENGINES": "abilities",
        "GOODS": "abilities",
        "ONE_STEP": "abilities",
        "READING": "abilities",
        "Abilities": "abilities",
        "Engine": "engine",
        "Plan": "plan",
        "Query": "engine",
        "cache_folder": "plan",
        "check": "abilities",
        "connect": "opening",
        "engine_of": "abilities",
        "lacks": "abilities",
        "open_local": "local",
        "quoted": "parquet",
        "read_columns": "parquet",
        "replace_rows": "parquet",
        "scratch": "parquet",
        "write_columns": "parquet",
        "write_csv": "parquet",
    },
)
