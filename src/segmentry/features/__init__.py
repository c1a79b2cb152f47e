"""Stage 3, features. Reads marked transactions; writes one row per customer: an Ibis expression, collected at
the border. Next: prepare.
"""

from .affinity import Categories, expanded, find_categories, is_share
from .catalogue import CATALOGUE, DEFAULT, available, choose
from .customers import collect, customer_features
from .purchases import Bought, Purchases

__all__ = [
    "CATALOGUE",
    "DEFAULT",
    "Bought",
    "Categories",
    "Purchases",
    "available",
    "choose",
    "collect",
    "customer_features",
    "expanded",
    "find_categories",
    "is_share",
]
