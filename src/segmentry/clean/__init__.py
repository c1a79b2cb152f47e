"""*Stage 2: clean.* Reads the canonical transactions; writes the same rows with the first rule each one breaks, and the
ledger that proves nothing else went missing. Next: ``features``, from the rows that broke none.
"""

from .customers import count_customers, mark_customers, settle_customers
from .ledger import Ledger, LedgerLine
from .marking import KEPT, Marked, mark, nets
from .rules import BEFORE_WINDOW
from .settling import LARGE, settle
from .sums import RECENT_DAYS
from .ways import Rows

__all__ = [
    "BEFORE_WINDOW",
    "KEPT",
    "LARGE",
    "RECENT_DAYS",
    "Ledger",
    "LedgerLine",
    "Marked",
    "Rows",
    "count_customers",
    "mark",
    "mark_customers",
    "nets",
    "settle",
    "settle_customers",
]
