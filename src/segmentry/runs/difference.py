"""What changed between two runs: come in their folders, go out settings, segments and who moved, with the money.

Customers are joined and counted inside the engine, however many there are; what comes out has a row per pair of
segments. Segments are matched by name.
"""

from __future__ import annotations

import glob
import math
from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any, Literal

from ..core.errors import EngineError, ModelError
from ..core.recipe import parse_recipe
from .store import StoredRun

if TYPE_CHECKING:
    import ibis.expr.types as ir

    from ..engine import Engine

CUSTOMERS = "customers.parquet"
MONEY = "monetary"
EXACT = "decimal(38, 4)"  # sums do not depend on the order in which an engine adds


@dataclass(frozen=True)
class Setting:
    """A setting of the recipe, with dots between its sections, and its two values."""

    setting: str
    before: Any
    after: Any


@dataclass(frozen=True)
class Move:
    """Customers who were in one segment and are in another, or the same: ``None`` is not among the customers.

    Money is what they spent as each run has it (``monetary``), None where a run does not know it.
    """

    before: str | None
    after: str | None
    customers: int
    money_before: float | None
    money_after: float | None


@dataclass(frozen=True)
class Side:
    """A segment, or all customers, in one run: how many, their share, their money and its share of all."""

    customers: int
    share: float
    money: float | None
    money_share: float | None


@dataclass(frozen=True)
class SegmentChange:
    """A segment in both runs; None where a run does not have it."""

    segment: str
    before: Side | None
    after: Side | None


@dataclass(frozen=True)
class Difference:
    """What is different in the run *after* from the run *before*.

    ``moves`` has the customers of both, most first, those who stayed included; ``before`` and ``after`` of a move are
    never both None.
    """

    before: StoredRun
    after: StoredRun
    settings: tuple[Setting, ...]
    segments: tuple[SegmentChange, ...]
    total: SegmentChange
    moves: tuple[Move, ...]

    @property
    def stayed(self) -> int:
        """Customers in a segment of the same name."""
        return sum(move.customers for move in self.moves if move.before == move.after)

    @property
    def entered(self) -> int:
        """Customers that only the later run has."""
        return sum(move.customers for move in self.moves if move.before is None)

    @property
    def left(self) -> int:
        """Customers that only the earlier run has."""
        return sum(move.customers for move in self.moves if move.after is None)

    @property
    def moved(self) -> int:
        """Customers of both runs in segments of different names."""
        return sum(move.customers for move in self.moves) - self.stayed - self.entered - self.left

    def to_dict(self) -> dict[str, Any]:
        """Return everything, for JSON."""
        return {
            "before": self.before.to_dict(),
            "after": self.after.to_dict(),
            "settings": [asdict(setting) for setting in self.settings],
            "segments": [asdict(segment) for segment in self.segments],
            "total": asdict(self.total),
            "customers": {
                "stayed": self.stayed,
                "moved": self.moved,
                "entered": self.entered,
                "left": self.left,
            },
            "moves": [asdict(move) for move in self.moves],
        }


def difference(before: StoredRun, after: StoredRun) -> Difference:
    """Return what changed from the run *before* to the run *after*.

    Raises ModelError where the customers of one cannot be read, and RecipeError for a recipe of settings that are gone.
    """
    moves = _moves(before, after)
    sides = [_sides(moves, "before"), _sides(moves, "after")]
    names = sorted(set(sides[0]) | set(sides[1]), key=lambda name: (-_size(sides[1].get(name)), name))
    return Difference(
        before,
        after,
        settings=changed_settings(before.manifest["recipe"], after.manifest["recipe"]),
        segments=tuple(SegmentChange(name, sides[0].get(name), sides[1].get(name)) for name in names),
        total=SegmentChange("all", _total(sides[0]), _total(sides[1])),
        moves=moves,
    )


def changed_settings(before: Mapping[str, Any], after: Mapping[str, Any]) -> tuple[Setting, ...]:
    """Return the settings that differ between two recipes; what an older recipe does not know yet has its default."""
    old, new = (
        dict(_flat(parse_recipe(dict(document), where="a run").model_dump(mode="json"))) for document in (before, after)
    )
    return tuple(
        Setting(name, old.get(name), new.get(name)) for name in {**old, **new} if old.get(name) != new.get(name)
    )


def _flat(document: Mapping[str, Any], prefix: str = "") -> list[tuple[str, Any]]:
    """Return every setting of *document* by its name with dots."""
    found: list[tuple[str, Any]] = []
    for name, value in document.items():
        found += _flat(value, f"{prefix}{name}.") if isinstance(value, dict) else [(f"{prefix}{name}", value)]
    return found


def _moves(before: StoredRun, after: StoredRun) -> tuple[Move, ...]:
    """Return how many customers went from each segment to each, most first."""
    import duckdb
    from ibis.common.exceptions import IbisError

    from ..engine import Engine, open_local

    engine = Engine(open_local())
    try:
        sides = [_customers(engine, run, side) for run, side in ((before, "before"), (after, "after"))]
        rows = engine.rows(_counted(*sides), step="compare runs")
    except (duckdb.Error, EngineError, IbisError) as error:
        raise ModelError(
            f"The customers of {str(before.path)!r} and {str(after.path)!r} cannot be compared: {error}",
            action="Look for the damaged one: segmentry runs verify",
        ) from error
    finally:
        engine.close()
    known = [any(row[f"money_{side}"] is not None for row in rows) for side in ("before", "after")]
    moves = [
        Move(
            row["before"],
            row["after"],
            int(row["customers"]),
            float(row["money_before"] or 0) if known[0] and row["before"] is not None else None,
            float(row["money_after"] or 0) if known[1] and row["after"] is not None else None,
        )
        for row in rows
    ]
    return tuple(sorted(moves, key=lambda move: (-move.customers, move.before or "", move.after or "")))


def _customers(engine: Engine, run: StoredRun, side: str) -> ir.Table:
    """Return the customers of *run* with their segment as the column *side*; of cohorts, ``cohort: segment``."""
    import ibis

    file = glob.escape(str(run.path / CUSTOMERS)).replace("'", "''")
    engine.connection.execute(f"CREATE VIEW customers_{side} AS FROM read_parquet('{file}')")
    table = engine.backend.table(f"customers_{side}")
    segment = table["segment"].cast("string").fill_null("")
    if "cohort" in table.columns:
        segment = table["cohort"].cast("string") + ": " + segment
    money = table[MONEY].try_cast(EXACT) if MONEY in table.columns else ibis.null(EXACT)
    return table.select(customer_id=table["customer_id"].cast("string"), **{side: segment, f"money_{side}": money})


def _counted(before: ir.Table, after: ir.Table) -> ir.Table:
    """Return customers and money by segment before and after."""
    joined = before.outer_join(after, "customer_id")
    return joined.group_by(["before", "after"]).aggregate(
        customers=joined.count(), money_before=joined["money_before"].sum(), money_after=joined["money_after"].sum()
    )


def _sides(moves: Sequence[Move], side: Literal["before", "after"]) -> dict[str, Side]:
    """Return the segments of one run by name: sums of the *moves* out of them, or into them."""
    sizes: Counter[str] = Counter()
    sums: dict[str, list[float | None]] = {}
    for move in moves:
        name, money = (move.before, move.money_before) if side == "before" else (move.after, move.money_after)
        if name is not None:
            sizes[name] += move.customers
            sums.setdefault(name, []).append(money)
    everyone = sizes.total()
    money_of = {name: _sum(parts) for name, parts in sums.items()}
    all_money = _sum(list(money_of.values()))
    return {
        name: Side(size, size / everyone, money_of[name], _share(money_of[name], all_money))
        for name, size in sizes.items()
    }


def _total(sides: Mapping[str, Side]) -> Side:
    """Return all segments of a run together."""
    money = _sum([side.money for side in sides.values()])
    return Side(sum(side.customers for side in sides.values()), 1.0, money, _share(money, money))


def _sum(parts: Sequence[float | None]) -> float | None:
    known = [part for part in parts if part is not None]
    return math.fsum(known) if known else None


def _share(part: float | None, whole: float | None) -> float | None:
    return part / whole if part is not None and whole else None


def _size(side: Side | None) -> int:
    return 0 if side is None else side.customers
