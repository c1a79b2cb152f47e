"""Everything the report says, as one JSON-able dictionary: the page only lays it out."""

from __future__ import annotations

import math
from typing import TYPE_CHECKING, Any

import numpy as np
from numpy.typing import NDArray

from ..charts.measures import apart
from ..charts.theme import segment_colours
from ..cluster.result import Clustering
from ..core import display
from ..core.recipe import Recipe
from ..core.tables import Column, CustomerTable
from ..prepare.result import Prepared
from ..profile.buying import Products
from ..profile.phrases import money_word
from ..profile.segments import Segment
from ..profile.telling import most_telling
from .bought import what_segments_buy
from .comparison import rules_beside_segments
from .findings import five_findings
from .methods import about_method, methods_side_by_side
from .over_time import NOTHING, OverTime, other_dates, what_moved
from .provenance import how_it_was_made, opening, what_was_left_out
from .since import Since, since_the_run_before

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger
    from ..cluster.side_by_side import MethodComparison
    from ..compare.comparison import Comparison
    from ..sources.facts import Facts

Contents = dict[str, Any]

HEADING = 26
"""Letters of a column's heading, beyond which it would push the figures off the page."""

_FAMILIAR = ("recency_days", "frequency", "monetary")
_SURE = {"mixture": "no other segment is possible", "dbscan": "a core customer", "hdbscan": "inside a dense region"}


def contents(
    *,
    recipe: Recipe,
    facts: Facts,
    ledger: Ledger | None,
    customers: CustomerTable,
    prepared: Prepared,
    clustering: Clustering,
    segments: tuple[Segment, ...],
    labels: NDArray[np.int64],
    meta: dict[str, Any],
    comparison: Comparison | None = None,
    methods: MethodComparison | None = None,
    bought: Products | None = None,
    over_time: OverTime = NOTHING,
    since: Since | None = None,
    part_of: str = "",
) -> Contents:
    """Return what the report says: findings, segments table, cards, what they buy, certainty, what was left out, and
    how it was made.

    *meta* holds what only the run knows, each key optional: ``run_id``, ``created``, ``segmentry`` (version),
    ``libraries`` (name to version), ``seconds`` (stage to seconds). *labels* are segment ids, one per customer.
    *comparison* is there in a run with rules, *methods* in one that compared methods, *over_time* in one with
    snapshots, *since* in one that follows another. *part_of* says what the chapters of a report are, where there are
    several: what they share is told once, by :func:`cohort_contents`.
    """
    shown = key_features(segments, customers, prepared)
    return {
        **opening(recipe, facts, customers),
        "has_money": any(segment.revenue_share is not None for segment in segments),
        "findings": [*five_findings(segments, customers, clustering, ledger), *what_moved(over_time, since)],
        "columns": [
            {"name": column.name, "title": _short_title(column), "meaning": column.meaning or column.title}
            for column in shown
        ],
        "money_is": money_word(customers),
        "rows": segment_rows(segments, shown),
        "cards": cards(segments, customers, shown),
        "bought": what_segments_buy(bought, segments),
        "since": since_the_run_before(since),
        **other_dates(over_time),
        "certainty": how_sure(prepared, clustering, segments, labels),
        "comparison": rules_beside_segments(comparison),
        "methods": methods_side_by_side(methods),
        "left_out": what_was_left_out(ledger, prepared, customers),
        "made": None if part_of else how_it_was_made(recipe, facts, meta, customers),
        "part_of": part_of,
    }


def key_features(segments: tuple[Segment, ...], customers: CustomerTable, prepared: Prepared) -> list[Column]:
    """Return the features to show, up to three: recency, frequency and money where they are, else what tells most.

    A feature that no customer has a value of is not shown: accounts that never traded have no turnover.
    """
    known = [
        column
        for column in customers.columns
        if all(column.name in segment.features for segment in segments)
        and np.isfinite(customers.values[column.name]).any()
    ]
    familiar = [column for column in known if column.name in _FAMILIAR]
    if len(familiar) == len(_FAMILIAR):
        return familiar

    measures = [column for column in known if column.unit != "code"]
    spreads = {column.name: apart(segments, column, customers) for column in measures}
    deciding = most_telling({name: spread for name, spread in spreads.items() if name in prepared.deciding})
    others = most_telling({name: spread for name, spread in spreads.items() if name not in prepared.deciding})
    telling = [*deciding, *others][:3]
    return [column for name in telling for column in measures if column.name == name]


def segment_rows(segments: tuple[Segment, ...], shown: list[Column]) -> list[Contents]:
    """Return the lines of the segments table: words to read beside numbers to sort by and lengths of bars (0 to 1)."""
    colours = segment_colours(segments)
    longest = max([segment.share for segment in segments] + [segment.revenue_share or 0.0 for segment in segments])
    return [
        {
            "id": segment.id,
            "name": segment.name,
            "colour": colours[segment.id],
            "customers": _pair(segment.customers, display.count(segment.customers)),
            "share": _pair(segment.share, display.share(segment.share)) | {"bar": _bar(segment.share, longest)},
            "revenue": _pair(
                segment.revenue, "" if segment.revenue is None else display.number(segment.revenue, "money")
            ),
            "revenue_share": _pair(
                segment.revenue_share,
                display.MISSING if segment.revenue_share is None else display.share(segment.revenue_share),
            )
            | {"bar": _bar(segment.revenue_share, longest)},
            "values": [
                _pair(
                    segment.features[column.name].mean,
                    display.number(segment.features[column.name].mean, column.short_unit),
                )
                for column in shown
            ],
        }
        for segment in segments
    ]


def cards(segments: tuple[Segment, ...], customers: CustomerTable, shown: list[Column]) -> list[Contents]:
    """Return one card per segment: why it is called so, three numbers against the average, what to do, for how many."""
    colours, money_is = segment_colours(segments), money_word(customers)
    return [
        {
            "id": segment.id,
            "name": segment.name,
            "colour": colours[segment.id],
            "reason": segment.reason,
            "size": f"{display.counted(segment.customers)}, {display.share(segment.share)}",
            "money": None
            if segment.revenue is None or segment.revenue_share is None
            else f"{display.number(segment.revenue, 'money')} {money_is}, {display.share(segment.revenue_share)}",
            "numbers": [_against_average(segment, column, customers) for column in shown],
            "play": {
                "goal": _sentence(segment.play.goal),
                "action": segment.play.action,
                "channel": segment.play.channel,
                "message": segment.play.message,
                "reach": display.counted(segment.customers),
                "stake": display.number(segment.play.money_at_stake, "money")
                if segment.play.money_at_stake > 0
                else None,
            },
        }
        for segment in segments
    ]


def how_sure(
    prepared: Prepared, clustering: Clustering, segments: tuple[Segment, ...], labels: NDArray[np.int64]
) -> Contents:
    """Return statements about k, structure, stability, borders and outliers, and the scores of every candidate k."""
    choice = clustering.choice
    asked = f"The number of segments, {choice.k}, was asked for. " if choice.asked else ""
    statements = [
        {"about": f"Why {choice.k}?", "text": f"{asked}{_sentence(choice.reason)}"},
        {"about": f"Structure: {choice.structure}", "text": _sentence(choice.structure_reason)},
        *about_method(clustering),
    ]
    if choice.k > 1:
        inside = clustering.confidence[labels >= 0]
        border = float((inside < 0.1).mean()) if len(inside) else 0.0
        middle = f"{np.median(inside):.2f}" if len(inside) else display.MISSING
        text = (
            f"The median confidence of a label is {middle} (1: {_SURE.get(clustering.method, 'at the centre')}, "
            f"0: on the border); {display.share(border)} of customers are below 0.10 and could as well be in the next "
            "segment."
        )
        statements.append({"about": "Customers on a border", "text": text})
    if prepared.pipeline.components is not None:
        text = (
            f"The groups were sought on components: {prepared.pipeline.components.summary()}. "
            "All figures of the segments are those of the features themselves."
        )
        statements.append({"about": "Principal components", "text": text})
    flagged, fitted = int(prepared.is_outlier.sum()), int(prepared.fitted_on.sum())
    mostly = _most_of(prepared, segments, labels)
    text = (
        f"{display.counted(fitted)} {_be(fitted, 'was', 'were')} used to find the segments; "
        f"{display.count(flagged)} {_be(flagged, 'is', 'are')} flagged as far from all others{mostly}. "
        "Every customer has a segment."
    )
    statements.append({"about": "Extreme customers", "text": text})
    return {"statements": statements, "scores": _scores(clustering)}


def _most_of(prepared: Prepared, segments: tuple[Segment, ...], labels: NDArray[np.int64]) -> str:
    """Return in which segment most of the flagged customers are, as the end of a sentence."""
    if not prepared.is_outlier.any():
        return ""
    ids, counts = np.unique(labels[prepared.is_outlier], return_counts=True)
    main = int(counts.argmax())
    name = next((segment.name for segment in segments if segment.id == ids[main]), None)
    return "" if name is None else f", {display.count(int(counts[main]))} of them in {name}"


def _scores(clustering: Clustering) -> Contents:
    """Return all measures of every candidate k as a table: heads, rows of texts, and which row is the chosen one."""
    choice = clustering.choice
    heads = ["k", "Inertia", "Silhouette", "Calinski–Harabasz", "Davies–Bouldin", "Stability", "Smallest segment"]
    heads += ["BIC"] * bool(choice.bics)

    def shown(figure: float) -> str:
        return f"{figure:.2f}" if math.isfinite(figure) else display.MISSING

    rows = [
        [
            str(score.k),
            display.number(score.inertia),
            score.silhouette_text if math.isfinite(score.silhouette) else display.MISSING,
            display.number(score.calinski_harabasz),
            shown(score.davies_bouldin),
            shown(score.stability),
            display.share(score.smallest_share),
        ]
        for score in choice.scores
    ]
    rows = [[*row, f"{bic:,.0f}"] for row, bic in zip(rows, choice.bics, strict=True)] if choice.bics else rows
    chosen = next((place for place, score in enumerate(choice.scores) if score.k == choice.k), None)
    return {"heads": heads, "rows": rows, "chosen": chosen}


def _against_average(segment: Segment, column: Column, customers: CustomerTable) -> Contents:
    summary = segment.features[column.name]
    average = customers.average(column.name)
    return {
        "title": _short_title(column),
        "value": display.number(summary.mean, column.unit),
        "average": display.number(average, column.unit),
        "words": _compared(summary.mean, average),
        # Position of the marker on a scale from a quarter of the average to four times it; the middle is the average.
        "place": round(50 + 50 * _distance(summary.mean, average), 1),
    }


def _compared(mean: float, average: float) -> str:
    """Return *mean* against *average* in words; a ratio only where both are positive."""
    if not (math.isfinite(mean) and math.isfinite(average)):
        return "not comparable"
    if mean <= 0 or average <= 0:
        return "the average" if mean == average else f"{'above' if mean > average else 'below'} the average"
    ratio = mean / average
    if 0.95 <= ratio <= 1.05:
        return "about the average"
    if ratio < 0.005:
        return "under 1 % of the average"
    return f"{ratio:.1f} × the average" if ratio >= 1.5 else f"{ratio * 100:.0f} % of the average"


def _distance(mean: float, average: float) -> float:
    """Return how far *mean* is from *average*, from -1 (a quarter of it or less) to 1 (four times or more)."""
    if not (math.isfinite(mean) and math.isfinite(average)):
        return 0.0
    if mean <= 0 or average <= 0:
        return float(np.sign(mean - average)) * 0.5
    return max(-1.0, min(1.0, math.log2(mean / average) / 2))


def _short_title(column: Column) -> str:
    """Return the heading of a column whose cells carry their unit themselves."""
    known = {"recency_days": "Last order", "frequency": "Orders", "monetary": "Spend"}
    if not column.noun and column.name in known:
        return known[column.name]
    # Cells say the days themselves: "days since the last trade" is headed "Last trade".
    title = column.noun.removeprefix("days since the ") or column.title.removesuffix(f" ({column.unit})")
    title = title[:1].upper() + title[1:]
    return title if len(title) <= HEADING else f"{title[: HEADING - 1].rstrip()}…"


def _pair(number: float | None, text: str) -> Contents:
    return {"number": number if number is not None and math.isfinite(number) else None, "text": text}


def _bar(share: float | None, longest: float) -> float:
    """Return the length of a bar in percent of its column."""
    return round(100 * max(0.0, share or 0.0) / longest, 1) if longest > 0 else 0.0


def _be(number: int, one: str, many: str) -> str:
    return one if number == 1 else many


def _sentence(text: str) -> str:
    text = text.strip()
    return text[:1].upper() + text[1:] + ("" if text.endswith((".", "!", "?")) or not text else ".")
