"""Movement as tables: one list or NumPy array per column, with the names of segments in place of ids."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .causes import CAUSES, main_causes
from .history import ABSENT, History, Labels
from .transitions import Step, Transition

UNNAMED = ""  # who is no customer on that date is in no segment


def movement_columns(rows: Sequence[Transition], names: Mapping[int, str]) -> dict[str, list[Any]]:
    """Return the table ``movement.csv``: one row per step, origin and destination, those who stayed included."""
    return {
        "from_date": [row.start for row in rows],
        "to_date": [row.end for row in rows],
        "kind": [kind_of(row) for row in rows],
        "from_segment": [names.get(row.origin, UNNAMED) for row in rows],
        "to_segment": [names.get(row.destination, UNNAMED) for row in rows],
        "customers": [row.customers for row in rows],
        "rate": [row.rate for row in rows],
        "money": [row.money for row in rows],
        **{f"because_{cause}": [row.causes[place] for row in rows] for place, cause in enumerate(CAUSES)},
    }


def kind_of(row: Transition) -> str:
    """Return what a transition is: ``stayed``, ``moved``, ``entered`` (a new customer) or ``left``."""
    if row.origin == row.destination:
        return "stayed"
    return "entered" if row.origin == ABSENT else "left" if row.destination == ABSENT else "moved"


def move_columns(steps: Sequence[Step], names: Mapping[int, str]) -> dict[str, NDArray[Any]]:
    """Return one row per customer and move, by date and customer: from where to where, money, parts, and the cause."""
    named = namer(names)
    columns: dict[str, list[NDArray[Any]]] = {}
    for step in steps:
        moved = step.moved
        count = int(moved.sum())
        row = {
            "customer_id": step.ids[moved],
            "from_date": np.full(count, step.start, dtype="datetime64[D]"),
            "to_date": np.full(count, step.end, dtype="datetime64[D]"),
            "from_segment": named(step.before[moved]),
            "from_segment_id": _ids(step.before[moved]),
            "to_segment": named(step.after[moved]),
            "to_segment_id": _ids(step.after[moved]),
            "money": step.money[moved],
            **{f"because_{cause}": part[moved] for cause, part in zip(CAUSES, step.parts.T, strict=True)},
            "cause": main_causes(step.parts, step.moved)[moved],
        }
        for name, values in row.items():
            columns.setdefault(name, []).append(values)
    return {name: _joined(parts) for name, parts in columns.items()}


def _joined(parts: Sequence[NDArray[Any]]) -> NDArray[Any]:
    join = np.ma.concatenate if isinstance(parts[0], np.ma.MaskedArray) else np.concatenate
    return join(parts)


def _ids(labels: Labels) -> NDArray[Any]:
    """Return *labels* without those of who is no customer on that date."""
    return np.ma.masked_equal(labels, ABSENT)


def history_columns(history: History, by_rules: History | None = None) -> dict[str, NDArray[Any]]:
    """Return one row per date and customer: ``customer_id, as_of, segment, segment_id`` and ``monetary``; and with the
    same history *by_rules* ``rule_segment``, None where rules declare nothing.
    """
    named = namer(history.names)
    snapshots = history.snapshots
    return {
        "customer_id": np.concatenate([snapshot.customers.ids for snapshot in snapshots]),
        "as_of": np.concatenate([np.full(len(one.rows), one.as_of, dtype="datetime64[D]") for one in snapshots]),
        "segment": named(np.concatenate([snapshot.labels for snapshot in snapshots])),
        "segment_id": np.concatenate([snapshot.labels for snapshot in snapshots]),
        "monetary": np.concatenate([snapshot.customers.values["monetary"] for snapshot in snapshots]),
        **({} if by_rules is None else {"rule_segment": _declared(by_rules)}),
    }


def _declared(history: History) -> NDArray[np.object_]:
    names = {label: name for label, name in history.names.items() if label >= 0}
    return namer(names)(np.concatenate([snapshot.labels for snapshot in history.snapshots]))


def namer(names: Mapping[int, str]) -> Callable[[Labels], NDArray[np.object_]]:
    """Return what turns ids of segments into their *names*: None for others."""
    words = np.array([*names.values(), None], dtype=object)
    known = np.array(list(names), dtype=np.int64)
    order = np.argsort(known)

    def named(labels: Labels) -> NDArray[np.object_]:
        places = np.minimum(np.searchsorted(known[order], labels), len(known) - 1)
        found = known[order][places] == labels
        return words[np.where(found, order[places], len(known))]

    return named
