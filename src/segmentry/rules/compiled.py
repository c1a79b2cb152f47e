"""Found groups as conditions that people can read, check and put into a recipe, with how well they say the same.

Comes in: customers in real units and the group of each. Goes out: one condition per group, from a shallow tree.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core import seeds
from .conditions import Conditions
from .syntax import name_text, number_text
from .tree import NOWHERE, Leaf, Side, boxes, grow, rounded

Floats = NDArray[np.float64]
Codes = NDArray[np.int64]

DEPTH = 4
MOST_GROWN = 100_000  # customers a tree is grown on; all are measured
LEAST_SHARE = 0.002  # of customers in a leaf: a condition for fewer describes those customers, not the group
ROUNDING = 0.0005  # share of customers that a rounder threshold may cost


@dataclass(frozen=True)
class Compiled:
    """Groups as conditions.

    Attributes
    ----------
    names
        The g groups, in the order of their ids.
    texts
        Group to condition; a group that the tree never arrives at has none.
    fidelity
        The share of customers whose conditions lead to their group, 0 to 1.
    precision
        Shape (g,): of the customers that a group's condition holds for, the share who are in the group; NaN where it
        holds for none.
    recall
        Shape (g,): of a group's customers, the share that its condition holds for.
    customers
        How many customers these were measured on.
    """

    names: tuple[str, ...]
    texts: dict[str, str]
    fidelity: float
    precision: Floats
    recall: Floats
    customers: int

    @property
    def conditions(self) -> Conditions:
        """The conditions, ready to assign customers."""
        return Conditions.read(list(self.texts.items()))

    def recipe(self) -> str:
        """Return the conditions as the ``rules:`` part of a recipe."""
        return recipe_text(self.conditions)

    def figures(self) -> dict[str, Any]:
        """Return fidelity and, for each group, condition, precision and recall, as a manifest takes them."""
        return {
            "fidelity": self.fidelity,
            "segments": [
                {
                    "segment": name,
                    "when": self.texts.get(name),
                    "precision": None if np.isnan(self.precision[place]) else float(self.precision[place]),
                    "recall": float(self.recall[place]),
                }
                for place, name in enumerate(self.names)
            ],
        }


def compiled(
    values: Mapping[str, Floats], features: Sequence[str], labels: Codes, names: Mapping[int, str], *, seed: int
) -> Compiled:
    """Return the groups of *labels*, shape (n,), as conditions on *features* in real units.

    Parameters
    ----------
    values
        Feature name to array of shape (n,), NaN = missing.
    features
        The features that conditions may speak of: those that decided the groups.
    labels
        The group of each customer; -1 for one set apart, who takes no part.
    names
        The name of each group by its label; names differ.
    seed
        Draws the customers that the tree is grown on where there are more than MOST_GROWN.
    """
    part = np.flatnonzero(labels != NOWHERE)
    ids, codes = np.unique(labels[part], return_inverse=True)
    titles = tuple(names.get(int(label), str(label)) for label in ids)
    matrix = np.column_stack([np.where(np.isinf(values[name]), np.nan, values[name]) for name in features])[part]
    grown = np.arange(len(part))
    if len(part) > MOST_GROWN:
        grown = np.sort(seeds.generator(seed, "rules.compiled").choice(len(part), MOST_GROWN, replace=False))
    texts: dict[str, str] = {}
    if len(part):
        texts = _texts(matrix[grown], codes[grown], features, titles)
    return _measured(texts, titles, {name: values[name][part] for name in features}, codes)


def recipe_text(conditions: Conditions) -> str:
    """Return *conditions* as the ``rules:`` part of a recipe, in YAML.

    >>> print(recipe_text(Conditions.read([("Large", "nav >= 1e9"), ("Rest", None)])))
    rules:
      conditions:
        - segment: Large
          when: nav >= 1e9
        - segment: Rest
    <BLANKLINE>
    """
    import yaml

    entries = [
        {"segment": name, **({} if condition is None else {"when": condition.text})}
        for name, condition in conditions.rules
    ]
    lines = yaml.safe_dump(entries, sort_keys=False, allow_unicode=True, width=10_000).splitlines()
    return "rules:\n  conditions:\n" + "".join(f"    {line}\n" for line in lines)


def _texts(matrix: Floats, codes: Codes, features: Sequence[str], titles: Sequence[str]) -> dict[str, str]:
    tree = grow(
        matrix,
        codes,
        kinds=len(titles),
        depth=DEPTH,
        leaves=max(6, 2 * len(titles)),
        least=max(1, min(int(LEAST_SHARE * len(codes)), int(np.bincount(codes).min()))),
    )
    rounded(tree, matrix, codes, cost=ROUNDING * len(codes))
    gaps = {place for place in range(matrix.shape[1]) if np.isnan(matrix[:, place]).any()}
    found: dict[str, list[str]] = {}
    for leaf in boxes(tree):
        text = _leaf_text(leaf, features, gaps)
        if text is not None:
            found.setdefault(titles[leaf.code], []).append(text)
    return {title: _joined(found[title]) for title in titles if title in found}


def _joined(parts: list[str]) -> str:
    return parts[0] if len(parts) == 1 else " or ".join(f"({part})" if " and " in part else part for part in parts)


def _leaf_text(leaf: Leaf, features: Sequence[str], gaps: set[int]) -> str | None:
    """Return the condition of a box; None for one that rounding left empty. *gaps*: features with missing values."""
    if any(side.low >= side.high for side in leaf.sides.values()):
        return None
    sides = sorted(leaf.sides.items())
    told = [text for place, side in sides if (text := _side_text(name_text(features[place]), side, gap=place in gaps))]
    # A tree without splits: one group, and a condition that holds for everybody.
    return " and ".join(told) or f"{name_text(features[0])} is missing or {name_text(features[0])} is not missing"


def _side_text(name: str, side: Side, *, gap: bool) -> str:
    tests = [f"{name} >= {number_text(side.low)}"] if np.isfinite(side.low) else []
    tests += [f"{name} < {number_text(side.high)}"] if np.isfinite(side.high) else []
    if not tests:
        return "" if side.missing or not gap else f"{name} is not missing"
    if not (gap and side.missing):
        return " and ".join(tests)
    known = f"({' and '.join(tests)})" if len(tests) > 1 else tests[0]
    return f"({known} or {name} is missing)"


def _measured(texts: dict[str, str], titles: tuple[str, ...], values: Mapping[str, Floats], codes: Codes) -> Compiled:
    """Return the conditions with what they come to on the customers, asked the way a recipe asks them."""
    assigned = np.full(len(codes), NOWHERE, dtype=np.int64)
    for title, condition in Conditions.read(list(texts.items())).rules if texts else ():
        assert condition is not None  # noqa: S101 -- for mypy: every text is a condition
        assigned[condition.holds(values, {})] = titles.index(title)
    right = np.bincount(codes[assigned == codes], minlength=len(titles))
    held = np.bincount(assigned[assigned != NOWHERE], minlength=len(titles))
    there = np.bincount(codes, minlength=len(titles))
    return Compiled(
        names=titles,
        texts=texts,
        fidelity=float(right.sum() / len(codes)) if len(codes) else float("nan"),
        precision=np.divide(right, held, out=np.full(len(titles), np.nan), where=held > 0),
        recall=np.divide(right, there, out=np.full(len(titles), np.nan), where=there > 0),
        customers=len(codes),
    )
