"""*Stage 4: prepare.* From features in real units to the matrix in which distances make sense, and the way back.

Reads a ``CustomerTable`` (core.tables) and the recipe's ``prepare`` section; the order is impute → transform → outlier
rule → scale → principal components where asked (with ``outliers.measured: original`` the rule comes before the
transform). Writes ``Prepared``: the matrix, who takes part in the search for groups, and the fitted ``Pipeline`` that
prepares new customers the same way. Next: ``cluster``.

``Impute``, ``Outliers``, ``Transform``, ``Scale`` and ``Pca`` are the same steps as scikit-learn estimators;
scikit-learn is imported when one of them is first used.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from ..core.imports import on_first_use
from .fit import as_they_are, prepare
from .kept import prepare_as_before
from .pipeline import Pipeline
from .result import Prepared, Skewness

if TYPE_CHECKING:
    from .estimators import Impute, Outliers, Pca, Scale, Transform

__all__ = [
    "Impute", "Outliers", "Pca", "Pipeline", "Prepared", "Scale", "Skewness", "Transform", "as_they_are", "prepare",
    "prepare_as_before",
]  # fmt: skip

__getattr__ = on_first_use(__name__, dict.fromkeys(("Impute", "Outliers", "Pca", "Scale", "Transform"), "estimators"))


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
