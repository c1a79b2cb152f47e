"""*Stage 7: explain.* Why this group, why this customer.

Reads a fitted segmentation (``Fitted``: customers with their segments, and the model that assigns). Writes the reasons:
of a customer, feature by feature with what would move them; of a segment, its rules in words with their fidelity.
Next: ``flow``. Nothing here needs the data that the segments were found in.
"""

from .book import Fitted
from .contributions import Contribution, contributions
from .customer import CustomerExplanation, explain_customer
from .moves import Change
from .segment import SegmentExplanation, explain_segment

__all__ = [
    "Change",
    "Contribution",
    "CustomerExplanation",
    "Fitted",
    "SegmentExplanation",
    "contributions",
    "explain_customer",
    "explain_segment",
]
