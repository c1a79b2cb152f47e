"""The normal distribution's quantile and its inverse for arrays, without SciPy (slower to import)."""

from __future__ import annotations

from math import erfc, sqrt

import numpy as np
from numpy.typing import NDArray

Floats = NDArray[np.float64]

# Wichura (1988), Algorithm AS 241 (PPND16), Applied Statistics 37: 477–484: numerators and denominators
_CENTRE = (
    (2509.0809287301226727, 33430.575583588128105, 67265.770927008700853, 45921.953931549871457, 13731.693765509461125,
     1971.5909503065514427, 133.14166789178437745, 3.387132872796366608),
    (5226.495278852854561, 28729.085735721942674, 39307.89580009271061, 21213.794301586595867, 5394.1960214247511077,
     687.1870074920579083, 42.313330701600911252, 1.0),
)  # fmt: skip
_NEAR = (
    (7.7454501427834140764e-4, 0.0227238449892691845833, 0.24178072517745061177, 1.27045825245236838258,
     3.64784832476320460504, 5.7694972214606914055, 4.6303378461565452959, 1.42343711074968357734),
    (1.05075007164441684324e-9, 5.475938084995344946e-4, 0.0151986665636164571966, 0.14810397642748007459,
     0.68976733498510000455, 1.6763848301838038494, 2.05319162663775882187, 1.0),
)  # fmt: skip
_FAR = (
    (2.01033439929228813265e-7, 2.71155556874348757815e-5, 0.0012426609473880784386, 0.026532189526576123093,
     0.29656057182850489123, 1.7848265399172913358, 5.4637849111641143699, 6.6579046435011037772),
    (2.04426310338993978564e-15, 1.4215117583164458887e-7, 1.8463183175100546818e-5, 7.868691311456132591e-4,
     0.0148753612908506148525, 0.13692988092273580531, 0.59983220655588793769, 1.0),
)  # fmt: skip


def quantile(share: Floats) -> Floats:
    """Return the standard normal values below which the proportions *share* (0 to 1, exclusive) lie; accurate to 1e-15.

    >>> quantile(np.array([0.5, 0.975])).round(6).tolist()
    [0.0, 1.959964]
    """
    share = np.asarray(share, dtype=np.float64)
    offset = share - 0.5
    tail = np.sqrt(-np.log(np.where(offset < 0, share, 1 - share)))
    outer = np.where(tail <= 5, _ratio(_NEAR, tail - 1.6), _ratio(_FAR, tail - 5))
    inner = offset * _ratio(_CENTRE, 0.180625 - offset**2)
    return np.where(np.abs(offset) <= 0.425, inner, np.copysign(outer, offset))


def proportion(value: Floats) -> Floats:
    """Return the proportion of a standard normal distribution below each of *value*."""
    scaled = np.ravel(np.asarray(value, dtype=np.float64)) / -sqrt(2)
    shares = np.fromiter((erfc(one) / 2 for one in scaled.tolist()), dtype=np.float64, count=scaled.size)
    return shares.reshape(np.shape(value))


def _ratio(polynomials: tuple[tuple[float, ...], tuple[float, ...]], x: Floats) -> Floats:
    numerator, denominator = (np.polyval(coefficients, x) for coefficients in polynomials)
    ratio: Floats = numerator / denominator
    return ratio
