"""A mixture of normal distributions (Dempster, Laird & Rubin 1977), by scikit-learn."""

from __future__ import annotations

import warnings
from collections.abc import Sequence

import numpy as np

from ...core.recipe import Cluster
from ..assign import Floats
from ..posterior import Posterior
from .fitted import Fitted


def solve(matrix: Floats, ks: Sequence[int], settings: Cluster) -> dict[int, Fitted]:
    """Return the most probable mixture of each of *ks* normal distributions, and its BIC."""
    from sklearn import config_context
    from sklearn.exceptions import ConvergenceWarning
    from sklearn.mixture import GaussianMixture

    found = {}
    for k in ks:
        peer = GaussianMixture(
            k, covariance_type=settings.covariance, n_init=settings.starts, random_state=settings.seed
        )
        with warnings.catch_warnings(), config_context(array_api_dispatch=False):
            warnings.simplefilter("ignore", ConvergenceWarning)  # after 100 steps it is as good as it needs to be
            bic = float(peer.fit(matrix).bic(matrix))
        assigner = Posterior(
            np.asarray(peer.weights_, dtype=np.float64),
            np.asarray(peer.means_, dtype=np.float64),
            _factors(peer.precisions_cholesky_, settings.covariance, *peer.means_.shape),
        )
        found[k] = Fitted(assigner.assign(matrix).labels, assigner, bic=bic)
    return found


def _factors(given: Floats, covariance: str, k: int, d: int) -> Floats:
    """Return scikit-learn's factors of the precisions, whose shape depends on *covariance*, as (k, d, d)."""
    match covariance:
        case "tied":
            return np.repeat(given[None], k, axis=0)
        case "diag":
            return np.stack([np.diag(row) for row in given])
        case "spherical":
            return np.stack([np.eye(d) * value for value in given])
    return np.asarray(given, dtype=np.float64)
