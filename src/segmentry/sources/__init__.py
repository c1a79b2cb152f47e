"""*Stage 1: sources.* Bring rows in and find out what they are.

Reads files, folders, workbooks, DuckDB files, tables of a database, or the caller's DataFrame. Writes the canonical
transactions (``core.tables.TRANSACTIONS``) or a customer table, as a lazy Ibis table, with everything that was found,
chosen or assumed (``Facts``). Next: ``clean``.

Each name is imported when it is first used: files are unpacked and read while libraries are still on their way.
"""

from typing import TYPE_CHECKING

from ..core.imports import on_first_use

if TYPE_CHECKING:
    from .account_files import COHORTS, Part, read_account_files
    from .account_tables import Accounts, accounts
    from .canonical import transactions
    from .customer_table import customers
    from .database import from_table
    from .facts import Assumption, Customers, Facts, Raw, Transactions
    from .familiar import described, is_code, rfm_names, under_our_names
    from .frames import read_frame
    from .reading import read
    from .samples import SAMPLES, generate_credit_card, generate_retail, generate_rfm

__all__ = [
    "COHORTS",
    "SAMPLES",
    "Accounts",
    "Assumption",
    "Customers",
    "Facts",
    "Part",
    "Raw",
    "Transactions",
    "accounts",
    "customers",
    "described",
    "from_table",
    "generate_credit_card",
    "generate_retail",
    "generate_rfm",
    "is_code",
    "read",
    "read_account_files",
    "read_frame",
    "rfm_names",
    "transactions",
    "under_our_names",
]

__getattr__ = on_first_use(
    __name__,
    {
        "COHORTS": "account_files",
        "SAMPLES": "samples",
        "Accounts": "account_tables",
        "Assumption": "facts",
        "Customers": "facts",
        "Facts": "facts",
        "Part": "account_files",
        "Raw": "facts",
        "Transactions": "facts",
        "accounts": "account_tables",
        "customers": "customer_table",
        "described": "familiar",
        "from_table": "database",
        "generate_credit_card": "samples",
        "generate_retail": "samples",
        "generate_rfm": "samples",
        "is_code": "familiar",
        "read": "reading",
        "read_account_files": "account_files",
        "read_frame": "frames",
        "rfm_names": "familiar",
        "transactions": "canonical",
        "under_our_names": "familiar",
    },
)
