"""Where queries run: ``open_local`` starts the DuckDB inside, ``Engine`` runs Ibis expressions on it.

Stages before the border only build expressions; everything that executes one goes through here.
"""

from .engine import Engine
from .local import open_local, wait_for_ibis, warm_up
from .parquet import quoted, read_columns, write_columns

__all__ = ["Engine", "open_local", "quoted", "read_columns", "wait_for_ibis", "warm_up", "write_columns"]
