"""The fitted preparation as plain numbers: prepares new customers as the old ones were, goes back, saves and loads."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from ..core.errors import ModelError, UnknownColumn
from ..core.tables import CustomerTable
from .impute import filled, missing
from .outliers import beyond
from .pca import Components
from .scale import Scaling
from .transform import Transformation

Floats = NDArray[np.float64]

FLAG = "_missing"


@dataclass(frozen=True)
class Pipeline:
    """Impute, transform, limit, scale and, where asked, rotate to principal components, fitted.

    Attributes
    ----------
    features
        The d features, in the order of the matrix.
    fills
        What replaces a missing value of each feature.
    flagged
        Features with a 0/1 column ``<feature>_missing`` behind the features; flags are neither transformed nor scaled.
    transformations
        One for each feature.
    on, policy
        Whether the limits below hold for ``transformed`` or ``original`` values, and what happens to customers beyond
        them (``core.recipe.Outliers``): only ``clip`` changes their values.
    low, high
        Limits of each feature; beyond them a customer is an outlier. Infinite without an outlier rule.
    scaling
        The last step but for components.
    components
        Principal components of the scaled columns, where they take the columns' place in the matrix.
    """

    features: tuple[str, ...]
    fills: tuple[float, ...]
    flagged: tuple[str, ...]
    transformations: tuple[Transformation, ...]
    measured: str
    policy: str
    low: tuple[float, ...]
    high: tuple[float, ...]
    scaling: Scaling
    components: Components | None = None

    @property
    def columns(self) -> tuple[str, ...]:
        """What decides, in real units: features, then missing-value flags."""
        return (*self.features, *(feature + FLAG for feature in self.flagged))

    @property
    def names(self) -> tuple[str, ...]:
        """The columns of the matrix: principal components where there are any, else ``columns``."""
        return self.columns if self.components is None else self.components.names

    def transform(self, table: CustomerTable) -> Floats:
        """Return the customers of *table* as a matrix of shape (n, len(names)). Raises UnknownColumn."""
        scaled = self.scaled(table)
        return scaled if self.components is None else self.components.forward(scaled)

    def scaled(self, table: CustomerTable) -> Floats:
        """Return ``columns`` of *table*, scaled but never rotated, shape (n, len(columns)). Raises UnknownColumn."""
        _original, transformed = self._steps(table)
        limited = self._within(transformed) if self.policy == "clip" and self.measured == "transformed" else transformed
        return self._scaled(limited, table)

    def finished(self, transformed: Floats, table: CustomerTable) -> Floats:
        """Return the matrix of *table* from its features *transformed* and, where the policy says so, clipped."""
        scaled = self._scaled(transformed, table)
        return scaled if self.components is None else self.components.forward(scaled)

    def _scaled(self, limited: Floats, table: CustomerTable) -> Floats:
        flags = [missing(table.values[feature]).astype(np.float64) for feature in self.flagged]
        scaled = self.scaling.forward(limited)
        return np.column_stack([scaled, *flags]) if flags else scaled

    def flag(self, table: CustomerTable) -> NDArray[np.bool_]:
        """Return which customers of *table* lie beyond the limits, shape (n,). Raises UnknownColumn."""
        original, transformed = self._steps(table, clip=False)
        return beyond(original if self.measured == "original" else transformed, np.array(self.low), np.array(self.high))

    def to_real(self, matrix: Floats) -> dict[str, Floats]:
        """Return what the rows of *matrix*, shape (m, len(names)), are in real units: an array for each of ``columns``.

        Components, scale and transform are undone. What imputing and clipping replaced, and what components left out,
        cannot be known again.
        """
        d = len(self.features)
        matrix = np.asarray(matrix, dtype=np.float64)
        matrix = matrix if self.components is None else self.components.inverse(matrix)
        unscaled = self.scaling.inverse(matrix[:, :d])
        real = {
            feature: transformation.inverse(unscaled[:, j])
            for j, (feature, transformation) in enumerate(zip(self.features, self.transformations, strict=True))
        }
        return real | {name: matrix[:, d + j] for j, name in enumerate(self.columns[d:])}

    def to_dict(self) -> dict[str, Any]:
        """Return the pipeline as JSON-able lists and numbers; an absent limit is null, and so are absent components."""
        return {
            "features": list(self.features),
            "fills": list(self.fills),
            "flagged": list(self.flagged),
            "transformations": [{"method": t.method, "numbers": list(t.numbers)} for t in self.transformations],
            "measured": self.measured,
            "policy": self.policy,
            "low": [None if np.isinf(limit) else limit for limit in self.low],
            "high": [None if np.isinf(limit) else limit for limit in self.high],
            "scaling": {
                "method": self.scaling.method,
                "centre": list(self.scaling.centre),
                "spread": list(self.scaling.spread),
            },
            "components": None if self.components is None else asdict(self.components),
        }

    @classmethod
    def from_dict(cls, document: Mapping[str, Any]) -> Pipeline:
        """Return the pipeline that ``to_dict`` described. Raises ModelError where *document* is not one."""
        try:
            pipeline = cls(
                features=tuple(map(str, document["features"])),
                fills=_floats(document["fills"]),
                flagged=tuple(map(str, document["flagged"])),
                transformations=tuple(
                    Transformation(str(one["method"]), _floats(one["numbers"])) for one in document["transformations"]
                ),
                measured=str(document["measured"]),
                policy=str(document["policy"]),
                low=tuple(-np.inf if limit is None else float(limit) for limit in document["low"]),
                high=tuple(np.inf if limit is None else float(limit) for limit in document["high"]),
                scaling=Scaling(
                    str(document["scaling"]["method"]),
                    _floats(document["scaling"]["centre"]),
                    _floats(document["scaling"]["spread"]),
                ),
                components=_components(document.get("components")),
            )
        except (KeyError, TypeError, ValueError) as error:
            raise ModelError(f"The preparation of the model is damaged: {error!r}.") from error
        lengths = {len(part) for part in (pipeline.fills, pipeline.transformations, pipeline.low, pipeline.high)}
        if lengths | {len(pipeline.scaling.centre), len(pipeline.scaling.spread)} != {len(pipeline.features)}:
            raise ModelError("The preparation of the model is damaged: its parts differ in length.")
        if pipeline.components is not None and not pipeline.components.fits(len(pipeline.columns)):
            raise ModelError("The preparation of the model is damaged: its components do not fit its columns.")
        return pipeline

    def _steps(self, table: CustomerTable, *, clip: bool = True) -> tuple[Floats, Floats]:
        """Return the matrix in real units (imputed, clipped where the rule says so) and the transformed one."""
        for feature in self.features:
            if feature not in table.values:
                raise UnknownColumn(feature, table.values, where="the customer table")
        original = np.column_stack(
            [filled(table.values[feature], fill) for feature, fill in zip(self.features, self.fills, strict=True)]
        )
        if clip and self.policy == "clip" and self.measured == "original":
            original = self._within(original)
        return original, np.column_stack([t.forward(original[:, j]) for j, t in enumerate(self.transformations)])

    def _within(self, matrix: Floats) -> Floats:
        return np.clip(matrix, np.array(self.low), np.array(self.high))


def _floats(values: Iterable[float]) -> tuple[float, ...]:
    return tuple(float(value) for value in values)


def _components(document: Mapping[str, Any] | None) -> Components | None:
    """Return the components that ``to_dict`` described; models written before there were any have none."""
    if document is None:
        return None
    axes = tuple(_floats(axis) for axis in document["axes"])
    return Components(_floats(document["centre"]), axes, _floats(document["explained"]))
