"""A run's results without running anything: about 1,500 customers with believable figures, labelled by hand."""

from datetime import date
from decimal import Decimal
from types import SimpleNamespace

import numpy as np
import pytest

from segmentry import compare
from segmentry.clean.ledger import Ledger, LedgerLine
from segmentry.cluster.result import Clustering, KChoice, KScore
from segmentry.core.tables import Column, CustomerTable
from segmentry.features import Bought, Country, Month, Trade
from segmentry.prepare.pipeline import Pipeline
from segmentry.prepare.result import Prepared, Skewness
from segmentry.prepare.scale import Scaling
from segmentry.prepare.transform import Transformation
from segmentry.profile import products as products_of
from segmentry.profile.segments import FeatureSummary, Play, Segment
from segmentry.rules import Conditions
from segmentry.rules.syntax import name_text

HOSTILE = """<script>document.title='hacked'</script>"'&amp;]]>${1+1}{{7*7}}=cmd()"""

# name, archetype, tone, customers, recency, orders, money: the shape of a real book of an online shop.
BOOK = (
    ("Champions", "valuable", 250, 12, 13.0, 7900.0),
    ("Loyal Customers", "valuable", 320, 40, 5.0, 1900.0),
    ("New Customers", "promising", 280, 20, 1.4, 420.0),
    ("At Risk", "fading", 290, 150, 4.0, 1500.0),
    ("Hibernating", "lost", 360, 230, 1.2, 310.0),
)
COLUMNS = (
    Column("recency_days", "days", "Days from the last purchase to the as-of date"),
    Column("frequency", "orders", "Distinct orders"),
    Column("monetary", "money", "Money spent"),
    Column("average_order_value", "money", "Monetary ÷ frequency"),
    Column("total_quantity", "items", "Units bought"),
    Column("recent_spend_share", "share", "Share of monetary spent in the last 90 days"),
    Column("tenure_days", "days", "Days from the first purchase to the as-of date"),
    Column("days_between_orders_mean", "days", "Mean days between purchases"),
)


def make_results(
    book=BOOK,
    *,
    columns=COLUMNS,
    deciding=("recency_days", "frequency", "monetary"),
    ledger=True,
    seed=1,
    scale=1.0,
    trade=None,
    declared=None,
    words=None,
    gaps=(),
    rules=("Gold", "Silver", "Bronze"),
):
    """Everything that charts and report read: drawn values, statistics computed from them, scores made up."""
    random = np.random.default_rng(seed)
    labels = np.repeat(np.arange(len(book)), [row[2] for row in book])
    n = len(labels)
    values = _values(random, book, labels, columns, scale)
    # Ids sort like the rows of a customer table; the labels are shuffled among them.
    order = random.permutation(n)
    labels, values = labels[order], {name: column[order] for name, column in values.items()}
    for name in gaps:
        values[name][random.random(n) < 0.1] = np.nan
    customers = CustomerTable(
        np.array([f"{10000 + row}" for row in range(n)], dtype=object),
        values,
        columns,
        None if words else date(2011, 12, 10),
        words={
            name: np.array(said, dtype=object)[random.integers(0, len(said), n)] for name, said in (words or {}).items()
        },
    )
    declared = None if declared is None else np.array(declared, dtype=object)[random.integers(0, len(declared), n)]
    prepared = _prepared(customers, deciding)
    return SimpleNamespace(
        segments=_segments(book, customers, labels),
        customers=customers,
        labels=labels,
        prepared=prepared,
        clustering=_clustering(prepared, labels, len(book)),
        ledger=_ledger() if ledger else None,
        seed=7,
        trade=trade,
        declared=declared,
        comparison=_comparison(customers, labels, prepared, book, rules),
    )


def _values(random, book, labels, columns, scale):
    def drawn(place, spread):
        return np.array([row[place] for row in book])[labels] * np.exp(random.normal(0, spread, len(labels)))

    recency = np.clip(drawn(3, 0.6).round(), 1, 373)
    frequency = np.clip(drawn(4, 0.4).round(), 1, None)
    monetary = (drawn(5, 0.7) * scale).round(2)
    gaps = np.where(frequency > 1, 300 / frequency * np.exp(random.normal(0, 0.3, len(labels))), np.nan)
    known = {
        "recency_days": recency,
        "frequency": frequency,
        "monetary": monetary,
        "average_order_value": monetary / frequency,
        "total_quantity": (monetary / scale / 2.2).round() + 1,
        "recent_spend_share": np.where(recency > 90, 0.0, random.uniform(0.1, 1, len(labels))),
        "tenure_days": recency + random.integers(0, 250, len(labels)),
        "days_between_orders_mean": gaps,
    }
    return {
        column.name: known[column.name] if column.name in known else random.normal(labels * 2.0 - 3, 3.0)
        for column in columns
    }


def _prepared(customers, deciding):
    raw = customers.matrix(deciding)
    raw = np.where(np.isfinite(raw), raw, np.nanmedian(raw, axis=0))
    methods = ["log1p" if (raw[:, j] > 0).all() else "none" for j in range(len(deciding))]
    transformations = tuple(
        Transformation(method, (float(raw[:, j].min()),) if method == "log1p" else ())
        for j, method in enumerate(methods)
    )
    changed = np.column_stack([t.forward(raw[:, j]) for j, t in enumerate(transformations)])
    low, high = changed.mean(axis=0) - 2.5 * changed.std(axis=0), changed.mean(axis=0) + 2.5 * changed.std(axis=0)
    scaling = Scaling("standard", tuple(changed.mean(axis=0)), tuple(changed.std(axis=0)))
    flagged = ((changed < low) | (changed > high)).any(axis=1)

    def skew(x):
        return float(((x - x.mean()) ** 3).mean() / x.std() ** 3)

    return Prepared(
        matrix=scaling.forward(changed),
        names=tuple(deciding),
        fitted_on=~flagged,
        is_outlier=flagged,
        left_out={"country_code": "the same for all customers"},
        skewness=tuple(
            Skewness(name, method, "skewness above 1, no negative values", skew(raw[:, j]), skew(changed[:, j]))
            for j, (name, method) in enumerate(zip(deciding, methods, strict=True))
        ),
        pipeline=Pipeline(
            features=tuple(deciding),
            fills=tuple(np.median(raw, axis=0)),
            flagged=(),
            transformations=transformations,
            measured="transformed",
            policy="fit_without",
            low=tuple(low),
            high=tuple(high),
            scaling=scaling,
        ),
    )


def _segments(book, customers, labels):
    money = customers.values.get("monetary")
    return tuple(
        Segment(
            id=number,
            name=name,
            archetype=name,
            reason=f"{name}: last order {recency} days ago on average, {orders:.0f} orders each.",
            tone=tone,
            customers=size,
            share=size / len(labels),
            revenue=None if money is None else float(money[labels == number].sum()),
            revenue_share=None if money is None else float(money[labels == number].sum() / money.sum()),
            features={
                column: _summary(values, labels == number) for column, values in customers.values.items()
            },
            play=Play(
                "Keep them close", "Reward them and ask for referrals", "Personal e-mail", "Thank you for being with us",
                0.0 if money is None else float(money[labels == number].sum() * 0.2),
            ),
        )
        for number, (name, tone, size, recency, orders, _) in enumerate(book)
    )  # fmt: skip


def _summary(values, inside):
    own = values[inside][np.isfinite(values[inside])]
    if not len(own):
        return FeatureSummary(*(float("nan"),) * 5)
    overall = float(np.nanmean(values))
    lower, median, upper = np.percentile(own, [25, 50, 75])
    return FeatureSummary(
        float(own.mean()), float(median), float(lower), float(upper), float(own.mean()) / overall * 100
    )


def _clustering(prepared, labels, k):
    matrix = prepared.matrix
    centroids = np.array([matrix[labels == label].mean(axis=0) for label in range(k)])
    distances = np.linalg.norm(matrix[:, None] - centroids[None], axis=2)
    distances.sort(axis=1)
    second = distances[:, min(1, k - 1)]
    confidence = 1 - distances[:, 0] / np.where(second > 0, second, 1) if k > 1 else np.ones(len(matrix))
    silhouettes = (second - distances[:, 0]) / np.maximum(second, 1e-9) - 0.1
    scores = tuple(
        KScore(
            c,
            9000 / c**0.8,
            0.45 - 0.02 * abs(c - 3),
            1500.0 - 50 * c,
            1 + 0.02 * c,
            0.95 - 0.05 * abs(c - k),
            0.4 / c,
            9500 / c**0.7,
        )
        for c in range(2, 11)
    )
    single = (KScore(1, 9000.0, float("nan"), float("nan"), float("nan"), float("nan"), 1.0, 9500.0),)
    return Clustering(
        labels=labels,
        centroids=centroids,
        confidence=confidence,
        nearest_other=(labels + 1) % k,
        silhouettes=silhouettes if k > 1 else np.empty(0),
        silhouette_rows=np.arange(len(matrix)) if k > 1 else np.empty(0, dtype=np.int64),
        choice=KChoice(
            k=k,
            reason=f"{k} is the smallest number past the knee (4) whose segments are found again under resampling (0.95)",
            scores=scores if k > 1 else single,
            knee=4 if k > 1 else None,
            structure="moderate" if k > 1 else "none",
            structure_reason="the mean silhouette is 0.41, and reference data without groups give 0.22",
            asked=False,
            silhouette_customers=len(matrix) if k > 1 else 0,
        ),
    )


def make_trade(*, months=13, countries=("United Kingdom", "Germany", None), last=date(2011, 12, 9), scale=1.0):
    """Figures of so many months up to *last*, from the first of a month on; the fifth month has no trade."""
    begin = last.year * 12 + last.month - months
    found = tuple(
        Month(
            date((begin + i) // 12, (begin + i) % 12 + 1, 1), scale * (5e5 + 3e4 * (i * 7 % 11)), 900 + 40 * i, 700 + i
        )
        for i in range(months)
        if i != 4
    )
    places = tuple(
        Country(name, scale * 7e6 / 3**i, 16000 // 3**i + 1, 1000 // 2**i + 1) for i, name in enumerate(countries)
    )
    return Trade(found, found[0].start, last, places)


RULES = ("Champions", "Loyal Customers", "At Risk", "Hibernating", "Can't Lose Them", "Gold tier", None)


def _comparison(customers, labels, prepared, book, rules):
    """The same customers by rules on one feature: what the chapter and the charts on rules show."""
    feature = "monetary" if "monetary" in customers.values else prepared.names[0]
    high, low = np.nanquantile(customers.values[feature], [0.8, 0.5])
    conditions = Conditions.read(
        [(rules[0], f"{name_text(feature)} >= {high}"), (rules[1], f"{name_text(feature)} >= {low}"), (rules[2], None)]
    )
    names = {number: row[0] for number, row in enumerate(book)}
    found = compare.Found(labels, names, prepared.matrix, prepared.names, 7)
    segments = conditions.assign(customers.values, customers.words)
    return compare.compare(found, compare.Rules(segments, conditions.segments, conditions), customers)


def _ledger():
    lines = (
        LedgerLine("no customer", 135080, 3710, 0, Decimal("1447682.12"), "the customer is empty"),
        LedgerLine("exact duplicate", 5225, 1200, 800, Decimal("21546.39"), "equal to an earlier row in every column"),
        LedgerLine("cancellation", 8872, 3654, 1589, Decimal("-608689.47"), "the order begins with C"),
        LedgerLine("not positive", 40, 40, 35, Decimal("0.00"), "quantity or price is zero or less"),
        LedgerLine("no date", 0, 0, 0, Decimal(0), "date or money cannot be read"),
    )
    kept = LedgerLine("kept", 392692, 18532, 4338, Decimal("8887208.894"))
    total = LedgerLine("all", 541909, 25900, 4372, Decimal("9747747.934"))
    return Ledger(lines, kept, total)


@pytest.fixture(scope="session")
def results():
    return make_with_trade()


@pytest.fixture(scope="session")
def kinds():
    return KINDS


def make_hard():
    """What must not break a chart: 12 long names, one hostile, 25 features, huge and negative values, missing ones."""
    tones = ["valuable"] * 3 + ["promising"] * 3 + ["fading"] * 3 + ["lost"] * 2 + ["noise"]
    book = tuple(
        (
            HOSTILE if i == 3 else f"Customers who bought {i} kinds of things!!"[:40],
            tone,
            20 + i * 7,
            10 + i * 25,
            max(1.0, 14 - i),
            8000 / (i + 1),
        )
        for i, tone in enumerate(tones)
    )
    extra = tuple(Column(HOSTILE if i == 0 else f"a_feature_with_quite_a_long_name_{i}") for i in range(17))
    names = [HOSTILE, *(f"A country with quite a long name, number {i}" for i in range(14))]
    return make_results(
        book,
        columns=COLUMNS + extra,
        deciding=("recency_days", "frequency", "monetary", HOSTILE),
        scale=1e9,
        trade=make_trade(months=70, countries=names, scale=-1e9),
        declared=[HOSTILE, *(row[0] for row in book)],
        words={HOSTILE: names, "one": ["all the same"], "two words": ["a", "", None, "b" * 90]},
        gaps=("recency_days", "monetary", HOSTILE),
        rules=(HOSTILE, "=Silver, a name that is so long that no axis has room for it", "Bronze"),
    )


def make_one():
    """One segment: nothing to compare, no silhouette, a single candidate k, no ledger."""
    return make_results(BOOK[:1], ledger=False)


def make_without_money():
    """A customer table without recency, frequency or money; averages of its features are zero or below."""
    columns = tuple(Column(name) for name in ("balance", "purchases", "cash_advance"))
    return make_results(BOOK[:3], columns=columns, deciding=("balance", "purchases"), ledger=False)


def make_with_trade():
    """A shop with a year of trade in some countries, and segments by rules beside those found."""
    return make_results(trade=make_trade(), declared=RULES)


KINDS = {"usual": make_with_trade, "hard": make_hard, "one": make_one, "without money": make_without_money}


@pytest.fixture(scope="session", params=sorted(KINDS))
def any_results(request):
    return KINDS[request.param]()


@pytest.fixture(scope="session")
def hard():
    return make_hard()


def make_bought(results, *, categories=12):
    """What the segments of *results* buy: made-up counts, lifts computed by the library, one product only here."""
    random = np.random.default_rng(4)
    ids = [segment.id for segment in results.segments]
    names = {segment.id: segment.name for segment in results.segments}
    sizes = {segment.id: segment.customers for segment in results.segments}
    rows = [(label, f"p{code:02d}") for label in ids for code in range(12)] + [(ids[0], "only")]
    buyers = [1 + int(sizes[label] * random.beta(1, 2 + label % 3)) for label, _ in rows]
    products = {
        "segment": np.array([label for label, _ in rows], dtype=np.float64),
        "product": np.array([name for _, name in rows], dtype=object),
        "buyers": np.array(buyers, dtype=np.float64),
        "revenue": np.round(random.gamma(2, 900, len(rows)), 2),
    }
    shares = [(label, code) for label in ids for code in range(categories)]
    by_category = {
        "segment": np.array([label for label, _ in shares], dtype=np.float64),
        "category": np.array(
            [(HOSTILE, "Tea & coffee", None)[c] if c < 3 else f"Kind {c}" for _, c in shares], dtype=object
        ),
        "buyers": np.ones(len(shares)),
        "revenue": np.round(random.gamma(1, 900, len(shares)), 2),
    }
    baskets = {
        name: np.array(ids, dtype=np.float64) + 2
        for name in ("orders", "lines_mean", "lines_median", "items_mean", "items_median", "value_mean", "value_median")
    }
    baskets["segment"] = np.array(ids, dtype=np.float64)
    told = {"p03": HOSTILE, "p04": "one long description of a product that no row of a chart can hold as it is"}
    return products_of(Bought(products, told, by_category if categories else None, baskets), names, sizes, min_buyers=5)


@pytest.fixture(scope="session")
def bought_of():
    return make_bought
