"""Stage 3, features. Reads marked transactions; writes one row per customer: an Ibis expression, collected at
the border. Next: prepare.
"""

from .catalogue import CATALOGUE, DEFAULT, available, choose
from .customers import collect, customer_features
from .trade import Country, Month, Trade, trade

__all__ = [
    "CATALOGUE",
    "DEFAULT",
    "Country",
    "Month",
    "Trade",
    "available",
    "choose",
    "collect",
    "customer_features",
    "trade",
]
