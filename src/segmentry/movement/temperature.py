"""How sure a model should have been, once it is known where customers went. In come probabilities, out a temperature.

One above 1 evens probabilities out, one below 1 sharpens them; their order stays (Guo et al. 2017).
"""

from __future__ import annotations

import numpy as np

from ..core.tables import Floats
from .baselines import Places
from .metrics import log_losses

TEMPERATURES = np.geomspace(0.5, 2, 57)  # steps of 2.5 %, with 1 in the middle


def tempered(probabilities: Floats, temperature: float) -> Floats:
    """Return *probabilities*, shape (n, classes), to the power of 1 / *temperature*, so that rows add up to 1 again."""
    powers = probabilities ** (1 / temperature)
    return np.asarray(powers / powers.sum(axis=1, keepdims=True))


def best_temperature(probabilities: Floats, after: Places) -> float:
    """Return the temperature with the least log loss of customers who went to *after*, shape (n,)."""
    losses = [log_losses(tempered(probabilities, one), after).mean() for one in TEMPERATURES]
    return float(TEMPERATURES[int(np.argmin(losses))])
