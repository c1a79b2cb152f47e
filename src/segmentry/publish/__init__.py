"""*Stage 10: publish.* Reads labelled customers and segments; writes the tables a team uses. Next: ``flow``."""

from .files import write_customers, write_mismatches, write_rejected, write_rejected_customers, write_segments
from .tables import column_of, customers_table, segments_table

__all__ = [
    "column_of",
    "customers_table",
    "segments_table",
    "write_customers",
    "write_mismatches",
    "write_rejected",
    "write_rejected_customers",
    "write_segments",
]
