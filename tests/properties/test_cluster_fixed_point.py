"""Groups, whatever the points: labels at rest, every customer in one group, the best group first."""

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.cluster import adjusted_rand, assign, find_groups
from segmentry.core.recipe import Cluster
from segmentry.prepare.result import Prepared

# few different values, so that ties between customers and between centroids are common
points = st.tuples(st.integers(2, 25), st.integers(1, 3)).flatmap(
    lambda shape: arrays(np.float64, shape, elements=st.integers(-3, 3).map(float))
)


def prepared_of(matrix, fitted):
    names = tuple(f"f{j}" for j in range(matrix.shape[1]))
    return Prepared(matrix, names, fitted, ~fitted, {}, (), pipeline=None)


@settings(max_examples=60, deadline=None)
@given(points, st.integers(1, 5), st.data())
def test_labels_are_a_fixed_point_of_assign(matrix, k, data):
    n = len(matrix)
    fitted = data.draw(arrays(bool, n, elements=st.booleans()))
    fitted[:2] = True
    k = min(k, len(np.unique(matrix[fitted], axis=0)))
    value = data.draw(arrays(np.float64, n, elements=st.integers(0, 9).map(float)))
    found = find_groups(prepared_of(matrix, fitted), Cluster(k=k, k_range=(2, 3), starts=2), value=value)
    assert len(found.labels) == n
    again = assign(matrix, found.centroids)
    np.testing.assert_array_equal(again.labels, found.labels)
    assert ((found.confidence >= 0) & (found.confidence <= 1)).all()
    assert (found.nearest_other != found.labels).all() == (k > 1)
    assert len(found.centroids) == k
    assert sorted(set(found.labels[fitted])) == list(range(k))


@given(st.lists(st.integers(0, 3), min_size=2, max_size=30), st.permutations(range(4)))
def test_agreement_does_not_depend_on_the_names_of_the_groups(labels, names):
    first = np.array(labels)
    renamed = np.array(names)[first]
    assert adjusted_rand(first, renamed) == 1
