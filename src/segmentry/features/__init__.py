"""Stage 3, features. Reads marked transactions; writes one row per customer: an Ibis expression, collected at
the border. Next: prepare.
"""

from .catalogue import CATALOGUE, DEFAULT, available, choose
from .customers import collect, customer_features

__all__ = ["CATALOGUE", "DEFAULT", "available", "choose", "collect", "customer_features"]
