"""The part of a recipe on how groups are found."""

from __future__ import annotations

from typing import Annotated, Any, Literal, Self

from pydantic import Field, model_validator

from .section import Section

Method = Literal["kmeans", "minibatch", "mixture", "hierarchical", "dbscan", "hdbscan"]

# Methods that take a number of groups, and those that find their own; which methods a setting is for.
WITH_K: tuple[Method, ...] = ("kmeans", "minibatch", "mixture", "hierarchical")
BY_DENSITY: tuple[Method, ...] = ("dbscan", "hdbscan")
SETTINGS_OF: dict[str, tuple[Method, ...]] = {
    "k": WITH_K,
    "k_range": WITH_K,
    "starts": ("kmeans", "minibatch", "mixture"),
    "start_from": ("kmeans",),
    "covariance": ("mixture",),
    "eps": ("dbscan",),
    "min_samples": BY_DENSITY,
    "min_cluster_size": ("hdbscan",),
    "noise": BY_DENSITY,
}


class Cluster(Section):
    """How groups are found."""

    method: Method = "kmeans"
    """The algorithm: kmeans; minibatch (k-means on small batches, for very many customers); mixture (of normal
    distributions, soft membership); hierarchical (Ward); dbscan and hdbscan (dense regions, the rest is noise)."""
    k: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    """Number of segments; dbscan and hdbscan find their own."""
    k_range: tuple[Annotated[int, Field(ge=2)], Annotated[int, Field(ge=2)]] = (2, 10)
    """Smallest and largest number that is tried."""
    seed: int = Field(7, ge=0)
    """Seed of every random choice of the run."""
    starts: int = Field(10, ge=1)
    """Random starts for each number of segments; the best one counts (kmeans, minibatch, mixture)."""
    start_from: list[dict[str, float]] | None = None
    """Centres to start from instead of random ones: per segment, feature to value in real units (kmeans)."""
    min_share: float = Field(0.02, ge=0, lt=0.5)
    """Smallest useful segment, as a share of customers."""
    covariance: Literal["full", "tied", "diag", "spherical"] = "full"
    """Shape of the groups of a mixture: any ellipsoid each, one for all, along the axes, or balls."""
    eps: Annotated[float, Field(gt=0)] | Literal["auto"] = "auto"
    """Reach of a dbscan neighbourhood, in the prepared space; auto: the knee of the k-distance curve."""
    min_samples: Annotated[int, Field(ge=1)] | Literal["auto"] = "auto"
    """Customers in reach, itself included, that make a customer a core of dbscan or hdbscan; auto: twice the number of
    features, at least 10."""
    min_cluster_size: Annotated[int, Field(ge=2)] | Literal["auto"] = "auto"
    """Smallest group of hdbscan; auto: min_share of the customers, at least 10."""
    noise: Literal["separate", "join"] = "separate"
    """What dbscan and hdbscan do with noise: a segment of its own, named Noise, or join the nearest group."""
    fetch_at_most: int = Field(20_000_000, ge=2)
    """Customers that are fetched from the engine; where there are more, groups are sought on a sample of them, and the
    engine settles the centres on all, assigns all and counts all."""
    compare: list[Method] = []
    """Further methods to find groups with, for the report's comparison side by side; none: no comparison."""

    @model_validator(mode="after")
    def _range_is_a_range(self) -> Self:
        if self.k_range[0] > self.k_range[1]:
            message = f"k_range has to go from small to large, not {list(self.k_range)}"
            raise ValueError(message)
        if self.start_from is not None and self.k != len(self.start_from):
            message = (
                f"start_from gives {len(self.start_from)} centres, so k has to be {len(self.start_from)}, not {self.k}"
            )
            raise ValueError(message)
        return self

    @model_validator(mode="after")
    def _settings_are_of_the_method(self) -> Self:
        for name, methods in SETTINGS_OF.items():
            # a saved recipe spells every setting out: only a value of one's own is a wish that cannot be granted
            if self.method in methods or getattr(self, name) == type(self).model_fields[name].default:
                continue
            own = " and it finds the number itself" if name in {"k", "k_range"} else ""
            message = f"{name} is a setting of {', '.join(methods)}; the method is {self.method}{own}: leave {name} out"
            raise ValueError(message)
        return self

    def with_method(self, method: Method) -> Cluster:
        """Return the same settings for *method*; what does not apply to it goes back to its default."""
        kept: dict[str, Any] = {
            name: getattr(self, name)
            for name in type(self).model_fields
            if method in SETTINGS_OF.get(name, (method,)) and name != "compare"
        }
        return Cluster.model_validate(kept | {"method": method})
