"""*Stage 2: clean.* Reads the canonical transactions; writes the same rows with the first rule each one breaks, and the
ledger that proves nothing else went missing. Next: ``features``, from the rows that broke none.
"""

from .customers import count_customers, mark_customers, settle_customers
from .ledger import Ledger, LedgerLine
from .marking import KEPT, Marked, mark, settle
from .rules import BEFORE_WINDOW

__all__ = [
    "BEFORE_WINDOW",
    "KEPT",
    "Ledger",
    "LedgerLine",
    "Marked",
    "count_customers",
    "mark",
    "mark_customers",
    "settle",
    "settle_customers",
]
