"""Stage 3, features. Reads marked transactions; writes one row per customer: an Ibis expression, collected at
the border. Next: prepare.
"""

from .accounts import collect_accounts, count_unlisted
from .catalogue import CATALOGUE, DEFAULT, available, choose
from .customers import collect, customer_features
from .months import months_before

__all__ = [
    "CATALOGUE",
    "DEFAULT",
    "available",
    "choose",
    "collect",
    "collect_accounts",
    "count_unlisted",
    "customer_features",
    "months_before",
]
