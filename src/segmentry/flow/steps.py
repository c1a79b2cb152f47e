"""One function per stage, in order: what each reads, what it hands on, and what it tells the listener."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import asdict, dataclass
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any

import numpy as np

from .. import clean, cluster, features, prepare, profile, publish, rules, sources
from ..core import display
from ..core.errors import DataError
from ..core.progress import Progress
from ..core.recipe import BY_DENSITY, Recipe
from ..core.tables import CustomerTable, Floats
from ..engine import Engine

MINIMUM_CUSTOMERS = 2


@dataclass(frozen=True)
class Book:
    """A customer book at the border: its name, its customers, how it was read and cleaned, which features decide.

    ``customers`` have what is needed to find groups; ``described`` returns them with every feature, and
    ``write_rejected`` writes the rows that cleaning set aside to a Parquet file. Both may run on another thread.
    """

    where: str
    customers: CustomerTable
    facts: sources.Facts
    ledger: clean.Ledger
    deciding: tuple[str, ...]
    described: Callable[[], CustomerTable]
    write_rejected: Callable[[Path], None]

    def ledger_columns(self) -> dict[str, list[Any]]:
        """Return the ledger as one list per column: what was set aside by reason, then what was kept, then all rows."""
        lines = [asdict(line) for line in (*self.ledger.set_aside, self.ledger.kept, self.ledger.total)]
        return {name: [line[name] for line in lines] for name in lines[0]}


def transactions_book(
    recipe: Recipe, raw: sources.Raw, engine: Engine, progress: Progress, *, not_before: date | None = None
) -> Book:
    """Stages 1 to 3 for transactions: roles and types, cleaning with its ledger, features, collected at the border.

    *not_before* is the earliest as-of date where the recipe does not set one.
    """
    found = sources.transactions(raw, recipe.source, engine)
    tell_reading(raw.where, found.facts, progress)
    deciding, names = features.choose(recipe.features, recipe.describe, found.facts.roles)
    today = datetime.now(UTC).date()
    marked = clean.settle(
        engine,
        lambda: clean.mark(found.table, recipe.clean, as_of=recipe.as_of, today=today),
        as_of=recipe.as_of,
        window_days=recipe.window_days,
        where=raw.where,
        not_before=not_before,
        condition=str(today) if recipe.clean.dates != "keep" else "",
    )
    tell_ledger(marked.ledger, progress)
    needed = [name for name in names if name in {*deciding, "monetary"}]
    customers = features.collect(engine, marked, needed)
    engine.leave_a_core()  # what follows runs while groups are sought
    progress.step("Customers", f"{display.count(len(customers))} as of {marked.as_of}")

    def described() -> CustomerTable:
        if names == needed:
            return customers
        return features.collect(engine, marked, names)

    def write_rejected(path: Path) -> None:
        publish.write_rejected(engine, marked, found, path)

    return Book(raw.where, customers, found.facts, marked.ledger, tuple(deciding), described, write_rejected)


def prepared(recipe: Recipe, book: Book, progress: Progress) -> prepare.Prepared:
    """Stage 4: the matrix in which groups are sought. Raises DataError when there are too few customers."""
    if len(book.customers) < MINIMUM_CUSTOMERS:
        raise DataError(
            f"{book.where} has {len(book.customers)} customer after cleaning.",
            possible=f"Segments need at least {MINIMUM_CUSTOMERS} customers.",
            action="Give data on more customers, or look at the ledger for rules that set too much aside.",
        )
    found = prepare.prepare(book.customers, book.deciding, recipe.prepare)
    for feature, reason in found.left_out.items():
        progress.step("Left out", f"{feature}: {reason}")
    return found


def clustered(recipe: Recipe, book: Book, found: prepare.Prepared, progress: Progress) -> cluster.Clustering:
    """Stage 5: the groups, ordered by what their customers are worth."""
    return cluster.find_groups(found, recipe.cluster, value=worth(book.customers, book.deciding), progress=progress)


def compared(recipe: Recipe, book: Book, found: prepare.Prepared, progress: Progress) -> cluster.Comparison | None:
    """Stage 5, beside the groups: the methods that the recipe compares, side by side; none where it names none."""
    if not recipe.cluster.compare:
        return None
    value = worth(book.customers, book.deciding)
    table = cluster.compare_methods(found, recipe.cluster, recipe.cluster.compare, value=value, progress=progress)
    progress.step("Methods", table.recommendation)
    return table


def worth(customers: CustomerTable, deciding: tuple[str, ...]) -> Floats:
    """Return what orders the groups, shape (n,): money spent, else money held, else the mean rank over *deciding*."""
    for money in ("monetary", "nav"):
        if money in customers.values and not np.isnan(customers.values[money]).all():
            return np.nan_to_num(customers.values[money])
    ranks = [np.argsort(np.argsort(np.nan_to_num(customers.values[name]), kind="stable")) for name in deciding]
    return np.asarray(np.mean(ranks, axis=0) / len(customers), dtype=np.float64)


def profiled(
    recipe: Recipe, book: Book, found: cluster.Clustering, *, archetypes: bool = True
) -> tuple[profile.Segment, ...]:
    """Stage 6: what each group is, its name (of an archetype where *archetypes* may name them) and its playbook."""
    playbook = profile.load_playbook(Path(recipe.playbook) if recipe.playbook else None)
    return profile.profile(
        book.customers,
        found.labels,
        features=book.deciding,
        overrides=recipe.names,
        playbook=playbook,
        apart=profile.NOISE if found.method in BY_DENSITY else profile.SET_APART,
        archetypes=archetypes,
    )


def declared(recipe: Recipe, book: Book, progress: Progress) -> rules.Declared | None:
    """Stage 5, beside the groups: the segments that the recipe's rules declare; none without rules."""
    if recipe.rules.map is None:
        return None
    found = rules.declare(rules.sound_map(recipe.rules.map), book.customers)
    progress.step("Rules", f"{len(set(found.segments.tolist()) - {None})} segments by the map {found.map.name}")
    for scale in found.scales:
        if scale.note:
            progress.step("", scale.note)
    return found


def tell_reading(where: str, facts: sources.Facts, progress: Progress) -> None:
    """Tell the listener what was read, which column plays which role, and what was assumed."""
    progress.step(f"Reading {where}", f"{display.count(facts.rows)} rows · {facts.description}")
    progress.step("", " · ".join(f"{role} {column}" for role, column in facts.roles.items()))
    for assumption in facts.assumptions:
        progress.step("", f"assumed: {assumption.text} (to change it: {assumption.change})")


def tell_ledger(ledger: clean.Ledger, progress: Progress) -> None:
    """Tell the listener what cleaning kept and what it set aside."""
    kept, total = ledger.kept, ledger.total
    progress.step(
        "Cleaning",
        f"{display.count(kept.rows)} rows kept ({display.share(kept.rows / max(total.rows, 1))}), "
        f"{display.money(float(kept.money))} of {display.money(float(total.money))}",
    )
    if ledger.set_aside:
        aside = " · ".join(f"{line.reason} {display.count(line.rows)}" for line in ledger.set_aside)
        progress.step("", f"{aside}   (each row set aside is in rejected.parquet)")
