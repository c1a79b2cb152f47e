"""Generated data with known groups: the right k in at least 90 % of 50, "no structure" in at least 90 % of 30.

Thresholds of the rule were set on other seeds (and on more customers) than those used here.
"""

import numpy as np

from segmentry.cluster import adjusted_rand, find_groups
from segmentry.core.recipe import Cluster, Prepare
from segmentry.core.tables import Column, CustomerTable
from segmentry.prepare import prepare


def found_in(matrix):
    names = [f"f{j}" for j in range(matrix.shape[1])]
    ids = np.array([f"{i:05d}" for i in range(len(matrix))], dtype=object)
    table = CustomerTable(ids, dict(zip(names, matrix.T, strict=True)), tuple(map(Column, names)))
    return find_groups(prepare(table, names, Prepare()), Cluster(), value=matrix[:, 0])


def separated(seed):
    """3 to 7 groups of 5 % to 50 % of 500 to 900 customers, centres at least six standard deviations apart."""
    rng = np.random.default_rng([2024, seed])
    k, d, n = rng.integers(3, 8), rng.integers(2, 6), rng.integers(500, 901)
    share = rng.uniform(1, 6, k)
    labels = rng.choice(k, n, p=share / share.sum())
    centres = rng.uniform(-10, 10, (k, d))
    while min(np.linalg.norm(centres[i] - centres[j]) for i in range(k) for j in range(i)) < 6:
        centres = rng.uniform(-10, 10, (k, d))
    return centres[labels] + rng.normal(size=(n, d)) * rng.uniform(0.6, 1, (k, 1))[labels], labels


def shapeless(seed):
    """One normal blob (round or stretched), or customers spread evenly over a box or a ball."""
    rng = np.random.default_rng([2025, seed])
    d, n = rng.integers(2, 6), rng.integers(500, 901)
    normal = rng.normal(size=(n, d))
    match seed % 4:
        case 0:
            return normal
        case 1:
            return normal @ rng.normal(size=(d, d))
        case 2:
            return rng.random((n, d)) * rng.uniform(1, 5, d)
    return normal / np.linalg.norm(normal, axis=1, keepdims=True) * rng.random((n, 1)) ** (1 / d)


def test_the_right_number_is_found_in_nine_of_ten_data_sets_of_separated_groups():
    right = []
    for seed in range(50):
        matrix, labels = separated(seed)
        found = found_in(matrix)
        right.append(found.choice.k == labels.max() + 1)
        if right[-1]:
            assert found.choice.structure in {"moderate", "strong"}
            assert adjusted_rand(found.labels, labels.astype(np.int64)) > 0.9
    assert np.mean(right) >= 0.9, np.flatnonzero(~np.array(right))


def test_no_structure_is_said_of_nine_in_ten_data_sets_without_groups():
    found = [found_in(shapeless(seed)).choice for seed in range(30)]
    assert np.mean([one.structure == "none" for one in found]) >= 0.9
    assert all(one.k >= 3 for one in found)
    assert all("no cluster structure" in one.reason for one in found if one.structure == "none")
