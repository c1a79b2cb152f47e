"""Label the accounts of a book with saved models, one per cohort."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from .. import publish
from ..core.errors import ModelError, RecipeError
from ..core.progress import Progress, Silent
from ..core.recipe import AccountBook, Cohort, Recipe
from ..core.tables import CustomerTable
from ..runs import Model, save_model
from . import steps
from .accounts import COHORT, accounts_book, together
from .frames import to_frame


@dataclass(frozen=True)
class CohortModel:
    """A fitted segmentation of a book of accounts: a model per cohort."""

    models: dict[Cohort, Model]

    def assign(self, data: str | Path, *, as_of: date | None = None) -> Any:
        """Return the accounts of the book at *data* with their cohort and segment, as a pandas frame.

        For *as_of* see :func:`segmentry.score`.
        """
        return to_frame(labelled(self, data, as_of=as_of, progress=Silent())[0], "pandas")

    def save(self, path: str | Path) -> None:
        """Write each cohort's model into a folder of its own under *path*."""
        from .. import __version__

        for name, model in self.models.items():
            save_model(model, Path(path) / name, version=__version__)

    def __repr__(self) -> str:
        found = "; ".join(f"{name}: {', '.join(model.names().values())}" for name, model in self.models.items())
        return f"CohortModel({found})"


def shown_ids(models: Mapping[Cohort, Model] | Mapping[str, Model], customers: CustomerTable) -> NDArray[np.int64]:
    """Return the id that tables show of the segment of each of *customers*, shape (n,), by the model of its cohort; -1
    for those of a cohort that has none. The only model of customers without cohorts has no name.
    """
    found = np.full(len(customers), -1, dtype=np.int64)
    for name, model in models.items():
        rows = np.flatnonzero(customers.words[COHORT] == name) if name else np.arange(len(customers))
        if len(rows):
            found[rows] = publish.shown_ids(model.label(customers.at(rows)).labels, model.numbers())
    return found


def labelled(
    model: CohortModel, data: Any, *, as_of: date | None, progress: Progress
) -> tuple[dict[str, Any], steps.Book]:
    """Return the customers table of the book at *data*, labelled, and the book. Raises ModelError and RecipeError.

    An account gets the cohort it is in now, and that cohort's nearest segment.
    """
    if not isinstance(data, str | Path):
        raise RecipeError("Accounts are scored from files.", action="Give the folder that holds trades and accounts.")
    first = next(iter(model.models.values()))
    book = accounts_book(_recipe(first, data, as_of), progress, not_before=first.as_of)
    tables = {}
    cohort = book.customers.words[COHORT]
    for name in dict.fromkeys(cohort.tolist()):
        if name not in model.models:
            raise ModelError(
                f"The model has no cohort {name!r}.",
                possible=f"Cohorts: {', '.join(model.models)}.",
                action="Fit again on a book that has such accounts: segmentry run RECIPE",
            )
        customers = book.customers.at(cohort == name)
        own = model.models[name]
        found = own.label(customers)
        tables[name] = publish.customers_table(
            customers,
            names=own.names(),
            labels=found.labels,
            nearest_other=found.nearest_other,
            confidence=found.confidence,
            is_outlier=found.is_outlier,
            memberships=found.memberships,
            numbers=own.numbers(),
        )
    return together(tables), book


def _recipe(model: Model, data: str | Path, as_of: date | None) -> Recipe:
    book = model.recipe.source.book.model_copy(update=dict.fromkeys(("trades", "accounts", "nav")))
    assert isinstance(book, AccountBook)  # noqa: S101 -- for mypy
    source = model.recipe.source.model_copy(update={"path": str(data), "book": book})
    return model.recipe.model_copy(update={"source": source, "as_of": as_of or model.recipe.as_of})
