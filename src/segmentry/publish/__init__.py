"""*Stage 10: publish.* Reads labelled customers and segments; writes the tables a team uses. Next: ``flow``."""

from .files import (
    as_written,
    safe,
    safe_in_spreadsheets,
    write_customers,
    write_mismatches,
    write_rejected,
    write_rejected_customers,
    write_segments,
)
from .tables import customers_table, feature_columns, segments_table, shown_ids

__all__ = [
    "as_written",
    "customers_table",
    "feature_columns",
    "safe",
    "safe_in_spreadsheets",
    "segments_table",
    "shown_ids",
    "write_customers",
    "write_mismatches",
    "write_rejected",
    "write_rejected_customers",
    "write_segments",
]
