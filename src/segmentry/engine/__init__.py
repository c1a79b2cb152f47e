"""Where queries run: ``open_local`` starts the DuckDB inside, ``Engine`` runs Ibis expressions on it.

Stages before the border only build expressions; everything that executes one goes through here.
"""

from .engine import Engine, Query
from .local import IBIS, open_local, warm_up
from .parquet import quoted, read_columns, write_columns
from .plan import Plan

__all__ = ["IBIS", "Engine", "Plan", "Query", "open_local", "quoted", "read_columns", "warm_up", "write_columns"]
