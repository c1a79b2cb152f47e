"""*Stage 4: prepare.* From features in real units to the matrix in which distances make sense, and the way back.

Reads a ``CustomerTable`` (core.tables) and the recipe's ``prepare`` section; the order is impute → transform → outlier
rule → scale (with ``outliers.measured: original`` the rule comes before the transform). Writes ``Prepared``: the
matrix, who takes part in the search for groups, and the fitted ``Pipeline`` that prepares new customers the same way.
Next: ``cluster``.

``Impute``, ``Outliers``, ``Transform`` and ``Scale`` are the same steps as scikit-learn estimators; scikit-learn is
imported when one of them is first used.
"""

from __future__ import annotations

from importlib import import_module
from typing import TYPE_CHECKING

from .fit import as_they_are, prepare
from .pipeline import Pipeline
from .result import Prepared, Skewness

if TYPE_CHECKING:
    from .estimators import Impute, Outliers, Scale, Transform

__all__ = ["Impute", "Outliers", "Pipeline", "Prepared", "Scale", "Skewness", "Transform", "as_they_are", "prepare"]

_ESTIMATORS = {"Impute", "Outliers", "Scale", "Transform"}


def __getattr__(name: str) -> object:
    if name in _ESTIMATORS:
        return getattr(import_module(f"{__name__}.estimators"), name)
    message = f"module {__name__!r} has no attribute {name!r}"
    raise AttributeError(message)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
