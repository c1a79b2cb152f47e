"""What opens and closes the report: its title; ledger, outliers, input, settings, assumptions, versions."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from ..charts.outliers import treatment
from ..core import display
from ..core.recipe import Recipe
from ..core.tables import CustomerTable
from ..prepare.result import Prepared
from ..sources.familiar import rfm_names

if TYPE_CHECKING:  # these stages bring Ibis along, which drawing does not need
    from ..clean.ledger import Ledger
    from ..sources.facts import Facts

Part = dict[str, Any]


def opening(recipe: Recipe, facts: Facts, customers: CustomerTable) -> Part:
    """Return what stands at the top of the page: its title, where the data are from, the date, how many customers."""
    return {
        "title": recipe.name.replace("_", " ").replace("-", " ").strip() or "Segments",
        "source": ", ".join(facts.files) or facts.description,
        "as_of": None if customers.as_of is None else customers.as_of.isoformat(),
        "customers": display.count(customers.count),
        "sample": "" if customers.stands_for is None else display.count(len(customers)),
    }


def what_was_left_out(ledger: Ledger | None, prepared: Prepared, customers: CustomerTable) -> Part:
    """Return the ledger's lines and proof, what happened to extreme customers, and the features that took no part."""
    flagged = int(prepared.is_outlier.sum())
    share = f"{_of(customers)} ({display.share(flagged / len(customers))})"
    titles = {column.name: column.title for column in customers.columns}
    return ledger_part(ledger) | {
        "outliers": f"{display.counted(flagged)}{share} {'is' if flagged == 1 else 'are'} far from all others: "
        f"{treatment(prepared)}."
        if flagged
        else "No customer lies beyond the outlier limits.",
        "features": [{"name": titles.get(name, name), "reason": reason} for name, reason in prepared.left_out.items()],
    }


def _of(customers: CustomerTable) -> str:
    return "" if customers.stands_for is None else f" of a sample of {display.count(len(customers))}"


def ledger_part(ledger: Ledger | None) -> Part:
    """Return the ledger's lines and its proof."""
    complete = ledger is not None and ledger.is_of_customers and ledger.kept.rows == ledger.total.rows
    return {
        "ledger": None
        if ledger is None or complete
        else [_line(line, ledger) for line in (*ledger.set_aside, ledger.kept, ledger.total)],
        "reconciles": None if ledger is None else ledger.reconciles,
        "reconciliation": "" if ledger is None else _reconciliation(ledger),
        "has_orders": ledger is not None and not ledger.is_of_customers,
        "nothing": "" if ledger is None else f"Each of the {display.counted(ledger.kept.rows, 'rows')} is a customer.",
    }


def how_it_was_made(recipe: Recipe, facts: Facts, meta: dict[str, Any], customers: CustomerTable) -> Part:
    """Return input, columns read, features, assumptions, settings, versions and timings as rows of text."""
    as_of = "none: the data have no dates" if customers.as_of is None else customers.as_of.isoformat()
    run = [
        ("Run", meta.get("run_id")),
        ("Made", meta.get("created")),
        ("As of", as_of),
        ("Input", facts.description),
        ("Files", ", ".join(facts.files)),
        ("Rows read", display.count(facts.rows)),
        ("Fingerprint of the content (SHA-256)", facts.fingerprint),
    ]
    versions = {"segmentry": meta.get("segmentry"), **dict(meta.get("libraries") or {})}
    return {
        "run": [[name, str(value)] for name, value in run if value],
        "columns": [
            [role.replace("_", " "), column, facts.role_reasons.get(role, "")] for role, column in facts.roles.items()
        ],
        "unused": _unused(facts, customers),
        "features": [[column.title, column.name, column.unit, column.meaning] for column in customers.columns],
        "assumptions": [{"text": one.text, "change": one.change} for one in facts.assumptions],
        "settings": _settings(recipe.model_dump(mode="json")),
        "versions": [[name, str(version)] for name, version in versions.items() if version],
        "seconds": [[stage, f"{float(seconds):.2f} s"] for stage, seconds in dict(meta.get("seconds") or {}).items()],
    }


def _unused(facts: Facts, customers: CustomerTable) -> list[str]:
    """Return the columns of the source that play no role and are no feature, under their own or a familiar name."""
    used = {*facts.roles.values(), *customers.values, *customers.words}
    familiar = rfm_names(facts.columns)
    return [column for column in facts.columns if column not in used and familiar.get(column) not in used]


def _line(line: Any, ledger: Ledger) -> Part:
    return {
        "reason": line.reason,
        "explanation": line.explanation,
        "rows": display.count(line.rows),
        "share": display.share(line.rows / ledger.total.rows) if ledger.total.rows else display.MISSING,
        "orders": display.count(line.orders),
        "customers": display.count(line.customers),
        "money": display.money(float(line.money)),
    }


def _reconciliation(ledger: Ledger) -> str:
    if ledger.is_of_customers:
        rows = display.counted(ledger.total.rows, "rows")
        left = display.count(ledger.total.rows - ledger.kept.rows)
        return f"{rows} read: {display.count(ledger.kept.rows)} kept, each a customer, and {left} set aside."
    aside = ledger.total.money - ledger.kept.money
    kept, total = (display.money(float(line.money)) for line in (ledger.kept, ledger.total))
    if ledger.reconciles:
        return f"The ledger closes to the cent: {kept} kept + {display.money(float(aside))} set aside = {total} read."
    return f"The ledger does not close: {kept} kept and what was set aside are not {total}. Do not rely on this run."


def _settings(document: dict[str, Any], path: str = "") -> list[list[str]]:
    """Return every setting of the recipe as its dotted name and its value in YAML's spelling."""
    rows: list[list[str]] = []
    for key, value in document.items():
        name = f"{path}{key}"
        if isinstance(value, dict) and value:
            rows += _settings(value, f"{name}.")
        else:
            rows.append([name, _spelled(value)])
    return rows


def _spelled(value: Any) -> str:
    if value is None:
        return "not set"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, list | dict):
        return ", ".join(str(part) for part in value) if value else "none"
    return str(value)
