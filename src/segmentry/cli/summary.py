"""The segments of a run as a terminal table and as a JSON document."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from ..core import display
from . import console

# Column of segments.csv, title, unit; shown where the run has it. Three numbers say most about a customer.
SHOWN = (
    ("recency_days_mean", "last order", "days"),
    ("frequency_mean", "orders", ""),
    ("monetary_mean", "spend", "money"),
)
# The same of accounts.
SHOWN_OF_ACCOUNTS = (
    ("recency_days_mean", "last trade", "days"),
    ("frequency_mean", "trades", ""),
    ("monetary_mean", "turnover", "money"),
    ("nav_mean", "NAV", "money"),
)


def print_segments(rows: Sequence[Mapping[str, Any]]) -> None:
    """Print one line per segment; *rows* have the columns of ``segments.csv``."""
    columns, lines, shown = segment_lines(rows)
    console.table(columns, lines)
    console.dim(f"{', '.join(shown)}: mean per {'account' if 'cohort' in rows[0] else 'customer'}")


def segment_lines(
    rows: Sequence[Mapping[str, Any]],
) -> tuple[list[tuple[str, str]], list[list[str]], list[str]]:
    """Return columns and cells of the table of the segments *rows*, and of which columns it shows the mean."""
    has_money = any(row["revenue"] is not None for row in rows)
    likely, who = (SHOWN_OF_ACCOUNTS, "accounts") if "cohort" in rows[0] else (SHOWN, "customers")
    shown = [column for column in likely if all(column[0] in row for row in rows)] or _telling_means(rows)
    columns = [("cohort", "left")] if "cohort" in rows[0] else []
    columns += [("segment", "left"), (who, "right"), ("share", "right")]
    columns += [("of turnover" if who == "accounts" else "revenue", "right")] if has_money else []
    columns += [(title, "right") for _, title, _ in shown] + [("goal", "left")]
    lines = []
    for row in rows:
        cells = [row["cohort"]] if "cohort" in row else []
        cells += [row["segment"], display.count(row["customers"]), display.share(row["share"])]
        cells += [_shown(row["revenue_share"], "share")] if has_money else []
        cells += [_shown(row[name], unit) for name, _, unit in shown] + [row["goal"]]
        lines.append(cells)
    return columns, lines, [title for _, title, _ in shown]


def _shown(value: float | None, unit: str) -> str:
    return display.MISSING if value is None else display.number(value, unit)


def _telling_means(rows: Sequence[Mapping[str, Any]]) -> list[tuple[str, str, str]]:
    """Return the means in which the segments differ most, against the average of their sizes."""
    from ..profile import most_telling
    from ..profile.phrases import in_words
    from ..sources import described

    spreads = {}
    for name in (name.removesuffix("_mean") for name in rows[0] if name.endswith("_mean")):
        means = [float(row[f"{name}_mean"]) for row in rows if row[f"{name}_mean"] is not None]
        size = sum(abs(mean) for mean in means)
        spreads[name] = len(means) * (max(means) - min(means)) / size if size > 0 else 0.0
    titles = {column.name: in_words(column) for column in described(list(spreads))}
    return [(f"{name}_mean", titles[name], "") for name in most_telling(spreads)]


def rows_of(table: Mapping[str, Sequence[Any]]) -> list[dict[str, Any]]:
    """Return the columns of *table* as one dictionary per row."""
    return [dict(zip(table, row, strict=True)) for row in zip(*table.values(), strict=True)]
