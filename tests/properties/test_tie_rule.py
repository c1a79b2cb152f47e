"""Who is nearest: the rule that SQL has too, against plain arithmetic, on any number of threads."""

import math

import numpy as np
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from segmentry.cluster import assign, crew
from segmentry.cluster.assign import nearest

# few different values make ties common; the tiny steps are smaller than a tie, or as large
values = st.integers(-3, 3).map(float) | st.sampled_from([0.5, 1 + 1e-12, 1 + 1e-10, 1 + 1e-7, 0.1 + 0.2, 1e6])
shapes = st.tuples(st.integers(1, 12), st.integers(1, 6), st.integers(1, 4))


def by_hand(row, centroids):
    distances = []
    for centroid in centroids:
        total = 0.0
        for x, c in zip(row, centroid, strict=True):
            total += (x - c) * (x - c)
        distances.append(total)

    def lowest(places):
        least = min(distances[place] for place in places)
        return next(place for place in places if distances[place] <= least * (1 + 1e-9))

    label = lowest(range(len(centroids)))
    if len(centroids) == 1:
        return label, label, 1.0
    other = lowest([place for place in range(len(centroids)) if place != label])
    ratio = distances[label] / distances[other] if distances[other] > 0 else 1.0
    return label, other, max(1 - math.sqrt(ratio), 0.0)


@settings(deadline=None)
@given(st.data(), shapes)
def test_the_lowest_of_the_equally_near(data, shape):
    n, k, d = shape
    matrix = data.draw(arrays(np.float64, (n, d), elements=values))
    centroids = data.draw(arrays(np.float64, (k, d), elements=values))
    found = assign(matrix, centroids)
    expected = [by_hand(row, centroids) for row in matrix.tolist()]
    assert found.labels.tolist() == [one[0] for one in expected]
    assert found.nearest_other.tolist() == [one[1] for one in expected]
    assert found.confidence.tolist() == [one[2] for one in expected]
    assert nearest(matrix, centroids)[0].tolist() == found.labels.tolist()


@settings(deadline=None, max_examples=20)
@given(st.integers(2, 6), st.integers(1, 4), st.integers(0, 1000), st.integers(1, 4))
def test_threads_change_no_bit(k, d, seed, threads):
    rng = np.random.default_rng(seed)
    matrix, centroids = np.round(rng.normal(size=(30_000, d)), 1), np.round(rng.normal(size=(k, d)), 1)
    once = assign(matrix, centroids)
    many, cores = crew.MANY, crew.cores
    try:
        crew.MANY, crew.cores = 1, lambda: threads
        again = assign(matrix, centroids)
    finally:
        crew.MANY, crew.cores = many, cores
    np.testing.assert_array_equal(once.labels, again.labels)
    np.testing.assert_array_equal(once.nearest_other, again.nearest_other)
    np.testing.assert_array_equal(once.confidence, again.confidence)
