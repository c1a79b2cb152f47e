"""The customers on a plane where neighbours stay neighbours (t-SNE); it takes seconds, so only when asked for."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from ..core import display
from ..core.seeds import generator
from ..prepare.result import Prepared
from ..profile.segments import Segment
from .chart import Chart
from .customer_map import centres, records, room_for, sample, scatter

_POINTS = 2000
_PERPLEXITY = 30.0
_FEWEST = 10  # customers; fewer have no neighbourhoods
_NAME = "charts: t-SNE"


def tsne_map(
    segments: tuple[Segment, ...],
    colours: dict[int, str],
    labels: NDArray[np.int64],
    prepared: Prepared,
    *,
    seed: int,
) -> Chart | None:
    """Return up to 2,000 customers in two t-SNE dimensions, segments named at their centres; none for a few."""
    drawn = sample(labels, seed, points=_POINTS, name=_NAME)[:_POINTS]
    if len(drawn) < _FEWEST or prepared.matrix.shape[1] < 2:
        return None
    positions = embedded(prepared.matrix[drawn], seed)
    own = labels[drawn]
    kept = neighbours_kept(positions, own)
    limits = room_for(positions)
    held = tuple(segment for segment in segments if (own == segment.id).any())
    sampled = "" if len(drawn) == len(labels) else f"; {display.count(len(drawn))} of them drawn, from every segment"
    return Chart(
        name="tsne_map",
        title=f"{display.share(kept)} of customers have a nearest neighbour of their own segment",
        subtitle=f"t-SNE of {prepared.matrix.shape[1]} features, perplexity {_perplexity(len(drawn)):g}, "
        f"{display.count(len(labels))} customers{sampled}; distances between clusters and their sizes mean nothing",
        alt="Scatter plot in two t-SNE dimensions. Names of segments stand at their centres.",
        spec=scatter(
            records(segments, colours, positions, own, limits),
            centres(held, positions, own, limits),
            limits,
            [["t-SNE 1"], ["t-SNE 2"]],
        ),
        table=(
            ("Segment", "Customers drawn", "Nearest neighbour in the same segment"),
            [
                (
                    segment.name,
                    display.count(int((own == segment.id).sum())),
                    display.share(neighbours_kept(positions, own, of=segment.id)),
                )
                for segment in held
            ],
        ),
    )


def embedded(matrix: NDArray[np.float64], seed: int) -> NDArray[np.float64]:
    """Return the rows of *matrix*, shape (n, d), as points of shape (n, 2).

    scikit-learn's t-SNE (van der Maaten & Hinton, 2008) from the principal components; one thread, so that sums are
    added in the same order on every machine.
    """
    from sklearn.manifold import TSNE  # half a second that nobody else pays
    from threadpoolctl import threadpool_limits

    state = int(generator(seed, _NAME).integers(2**31))
    model = TSNE(perplexity=_perplexity(len(matrix)), init="pca", learning_rate="auto", random_state=state, n_jobs=1)
    with threadpool_limits(1):
        return np.asarray(model.fit_transform(matrix), dtype=np.float64)


def _perplexity(n: int) -> float:
    return min(_PERPLEXITY, (n - 1) / 3)


def neighbours_kept(positions: NDArray[np.float64], own: NDArray[np.int64], *, of: int | None = None) -> float:
    """Return the share of points (of one segment) whose nearest other point in the plane is of their own segment."""
    from scipy.spatial import KDTree

    nearest = np.asarray(KDTree(positions).query(positions, k=2)[1])
    # Where several points coincide, the first one found may be another than the point itself.
    other = np.where(nearest[:, 0] == np.arange(len(positions)), nearest[:, 1], nearest[:, 0])
    same = own[other] == own
    return float((same if of is None else same[own == of]).mean())
