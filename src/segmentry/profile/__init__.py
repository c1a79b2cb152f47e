"""*Stage 6: profile.* What each group is, its name, its playbook.

Reads the customer table and one label per customer. Writes the segments table: size, money, statistics in real units,
a name that is used once, with its reason, and what to do, filled in from the data. Next: ``charts`` and ``report``.
"""

from .archetypes import NOISE, SET_APART
from .buying import ProductLine, Products, Purchases, products
from .describe import profile
from .playbook import Playbook, load_playbook
from .resemblance import tone_of
from .segments import TONES, FeatureSummary, Identity, Play, Segment, best_first
from .statistics import Counted
from .telling import most_telling
from .vocabulary import worth_columns

__all__ = [
    "NOISE",
    "SET_APART",
    "TONES",
    "Counted",
    "FeatureSummary",
    "Identity",
    "Play",
    "Playbook",
    "ProductLine",
    "Products",
    "Purchases",
    "Segment",
    "best_first",
    "load_playbook",
    "most_telling",
    "products",
    "profile",
    "tone_of",
    "worth_columns",
]
