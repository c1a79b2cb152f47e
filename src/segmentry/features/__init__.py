"""*Stage 3: features.* Reads marked transactions; writes one row per customer: an Ibis expression, collected at
the border. Next: ``prepare``.
"""

from .account_snapshots import collect_account_views
from .accounts import collect_accounts, count_unlisted, count_unopened
from .affinity import EVERY, Categories, expanded, find_categories, is_share
from .catalogue import CATALOGUE, DEFAULT, available, choose, needs_own_pass
from .customers import collect
from .months import months_before
from .purchases import LABELS, Bought, Purchases
from .shared import Shared
from .snapshots import Seen, collect_views
from .trade import Country, Month, Trade, trade
from .views import View, Views

__all__ = [
    "CATALOGUE",
    "DEFAULT",
    "EVERY",
    "LABELS",
    "Bought",
    "Categories",
    "Country",
    "Month",
    "Purchases",
    "Seen",
    "Shared",
    "Trade",
    "View",
    "Views",
    "available",
    "choose",
    "collect",
    "collect_account_views",
    "collect_accounts",
    "collect_views",
    "count_unlisted",
    "count_unopened",
    "expanded",
    "find_categories",
    "is_share",
    "months_before",
    "needs_own_pass",
    "trade",
]
