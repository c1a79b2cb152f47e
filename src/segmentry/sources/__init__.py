"""Stage 1: sources. Bring rows in and find out what they are.

Reads files, folders, workbooks, DuckDB files, tables of a database, or the caller's DataFrame. Writes the canonical
transactions (``core.tables.TRANSACTIONS``) or a customer table, as a lazy Ibis table, with everything that was found,
chosen or assumed (``Facts``). Next: clean.
"""

from .canonical import transactions
from .facts import Assumption, Customers, Facts, Raw, Transactions
from .reading import read

RawTable = Raw

__all__ = ["Assumption", "Customers", "Facts", "Raw", "RawTable", "Transactions", "read", "transactions"]
