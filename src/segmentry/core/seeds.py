"""Random numbers: every random choice takes its own generator, by name, from the run's one seed."""

from __future__ import annotations

import hashlib

import numpy as np


def generator(seed: int, name: str) -> np.random.Generator:
    """Return the generator of the random choice called *name* in a run with *seed*.

    The stream depends on the seed and the name only, so a step that is added never changes another step's numbers.

    >>> int(generator(7, "k-means").integers(100)) == int(generator(7, "k-means").integers(100))
    True
    """
    digest = hashlib.blake2b(name.encode(), digest_size=8).digest()
    return np.random.default_rng([seed, int.from_bytes(digest, "little")])
