"""A model as layers of a query: comes in a table of customers and their features, goes out their segments."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from ..cluster import NearestCentre
from ..cluster.expressions import CONFIDENCE, LABEL, OTHER, assign_layers, label_names
from ..core.errors import ModelError
from ..engine.layers import Layer, free_names
from ..prepare.expressions import OUTLIER, has_ranks, prepare_layers, prepared_names, used_names
from .model import Model

if TYPE_CHECKING:
    import ibis.expr.types as ir

SAID = (LABEL, OTHER, CONFIDENCE, OUTLIER)
APART = -1


def is_query(model: Model) -> bool:
    """Return whether *model* is a query: whether nothing but the nearest centre labels customers, and no ranks."""
    return (model.assigner is None or isinstance(model.assigner, NearestCentre)) and not has_ranks(model.pipeline)


def why_python(model: Model) -> str:
    """Return in words what of *model* no query says."""
    if has_ranks(model.pipeline):
        return "its features are transformed by ranks among all values of the fit"
    return f"a customer gets {model.assigner.rule if model.assigner else 'the nearest centre'}"


def names_in_query(model: Model, taken: Sequence[str]) -> dict[str, str]:
    """Return what the columns that the layers make are called beside those *taken*; ``SAID`` are those that stay."""
    return free_names([*used_names(model.pipeline), *label_names(len(model.centroids))], taken)


def model_layers(model: Model, columns: Mapping[str, str], *, carried: Sequence[str]) -> list[Layer]:
    """Return the layers that label customers as ``Model.label`` does.

    The table they start from has each feature of *model* (float64; null = missing, and finite) in one of *columns*, by
    feature, and the columns *carried*, which stay. Raises ModelError for a model that labels in another way.
    """
    if not is_query(model):
        raise no_query(model)
    names = names_in_query(model, [*columns.values(), *carried])
    inner = list(dict.fromkeys(carried))
    prepared = [names[name] for name in prepared_names(model.pipeline)]
    features = [columns[feature] for feature in model.pipeline.features]
    centres = model.assigner.centres if isinstance(model.assigner, NearestCentre) else model.centroids
    layers = prepare_layers(model.pipeline, features, carried=inner, names=names)
    layers += assign_layers(prepared, centres, carried=[*inner, names[OUTLIER]], names=names)
    if model.recipe.prepare.outliers.policy == "drop":
        layers.append(Layer("set_apart", lambda table: _set_apart(table, names)))
    return layers


def _set_apart(table: ir.Table, names: dict[str, str]) -> ir.Table:
    """Put outliers into a segment of their own."""
    import ibis

    return table.mutate(**{names[LABEL]: ibis.ifelse(table[names[OUTLIER]], APART, table[names[LABEL]])})


def no_query(model: Model) -> ModelError:
    """Return what is said of a *model* that no query stands for."""
    return ModelError(
        f"The model ({model.recipe.cluster.method}) is no query: {why_python(model)}.",
        possible="Models that label by the nearest centre (kmeans, minibatch), without prepare.transform.quantile.",
        action="Score with segmentry score, which does it in Python, or fit another model.",
    )
