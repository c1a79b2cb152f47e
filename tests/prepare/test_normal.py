"""The normal distribution and the quantile transform against SciPy."""

import numpy as np
from scipy import special, stats

from segmentry.prepare import normal, yeo_johnson
from segmentry.prepare.transform import fit_transformation


def test_quantile_and_proportion_equal_scipys():
    share = np.concatenate([np.logspace(-300, -1, 400), np.linspace(0.1, 0.9, 101), 1 - np.logspace(-15, -1, 50)])
    np.testing.assert_allclose(normal.quantile(share), special.ndtri(share), rtol=1e-12, atol=1e-15)
    value = np.linspace(-9, 9, 181)
    np.testing.assert_allclose(normal.proportion(value), special.ndtr(value), rtol=1e-13)


def test_the_quantile_transform_is_the_normal_score_of_the_mid_rank():
    x = np.random.default_rng(1).poisson(3, 500).astype(float)
    expected = stats.norm.ppf((stats.rankdata(x) - 0.5) / 500)
    transformation = fit_transformation(x, "quantile")
    np.testing.assert_allclose(transformation.forward(x), expected, rtol=1e-9, atol=1e-12)
    np.testing.assert_allclose(transformation.inverse(expected), x)


def test_a_long_columns_table_has_a_thousand_points():
    x = np.random.default_rng(1).lognormal(size=20_000)
    transformation = fit_transformation(x, "quantile")
    assert len(transformation.numbers) == 1000
    y = transformation.forward(x)
    assert abs(stats.skew(y)) < 0.01
    assert abs(stats.kurtosis(y)) < 0.1
    np.testing.assert_allclose(transformation.inverse(y), x, rtol=1e-6)


def test_yeo_johnson_equals_scipys():
    x = np.random.default_rng(2).normal(1, 3, 300)
    for power in (-1.5, 0.0, 0.7, 1.0, 2.0, 3.2):
        np.testing.assert_allclose(yeo_johnson.forward(x, power), stats.yeojohnson(x, power), rtol=1e-10)
        np.testing.assert_allclose(yeo_johnson.inverse(yeo_johnson.forward(x, power), power), x, rtol=1e-8)
    found = stats.yeojohnson_normmax(x)
    assert abs(yeo_johnson.best_power(x) - found) < 1e-5


def test_yeo_johnson_finds_its_way_back_from_very_long_tails():
    x = np.random.default_rng(2).lognormal(3, 4, 2000)
    power = yeo_johnson.best_power(x)
    np.testing.assert_allclose(yeo_johnson.inverse(yeo_johnson.forward(x, power), power), x, rtol=1e-8)
