"""What segments buy, every figure against pandas on the lines themselves."""

import numpy as np
import pandas as pd
import pytest

import segmentry as sg
from segmentry.core.errors import DataError
from segmentry.core.recipe import parse_recipe

ROLES = {"customer": "who", "order": "order", "time": "when", "quantity": "units", "unit_price": "price"}


def make_lines(seed=5, lines=4000):
    rng = np.random.default_rng(seed)
    who = rng.choice([f"{i:03d}" for i in range(150)], lines, p=rng.dirichlet(np.full(150, 0.6)))
    often = pd.Series(who).map(pd.Series(who).value_counts()).to_numpy() > 40
    # Frequent customers like p0, the others p1.
    code = np.where(rng.random(lines) < 0.2, np.where(often, 0, 1), rng.integers(0, 25, lines))
    frame = pd.DataFrame(
        {
            "who": who,
            "order": rng.integers(0, 1500, lines).astype(str),
            "when": pd.Timestamp("2024-01-01") + pd.to_timedelta(rng.integers(0, 360, lines), unit="D"),
            "units": rng.integers(1, 9, lines),
            "price": rng.integers(100, 5000, lines) / 100,
            "SKU": [f"p{c}" for c in code],
            "Product name": [f"Thing {c}" if rng.random() < 0.9 else f" Thing {c} (old) " for c in code],
            "Category": [("Wine", "Beer & more", "Käse", None)[c % 4] for c in code],
        }
    )
    return frame.drop_duplicates()


@pytest.fixture(scope="module")
def lines():
    return make_lines()


@pytest.fixture(scope="module")
def found(lines):
    return sg.segment(lines, **ROLES, k=3, products={"min_buyers": 8})


@pytest.fixture(scope="module")
def labelled(lines, found):
    segment = found.customers.set_index("customer_id").segment
    return lines.assign(segment=lines.who.map(segment), money=lines.units * lines.price)


def test_roles_are_found(found):
    roles = found.book.facts.roles
    assert (roles["product"], roles["description"], roles["category"]) == ("SKU", "Product name", "Category")


def test_products_equal_pandas(found, labelled):
    table = found.products
    sizes = found.segments.set_index("segment").customers
    buyers = labelled.groupby(["segment", "SKU"]).who.nunique()
    revenue = labelled.groupby(["segment", "SKU"]).money.sum()
    everyone = labelled.groupby("SKU").who.nunique()
    enough = {pair for pair, count in buyers.items() if count >= 8}
    top = {(name, code) for name in sizes.index for code in revenue[name].nlargest(5).index}
    assert set(zip(table.segment, table["product"], strict=True)) == enough | top
    for row in table.itertuples():
        pair = (row.segment, row.product)
        own, others = (
            row.buyers / sizes[row.segment],
            (everyone[row.product] - row.buyers) / (sizes.sum() - sizes[row.segment]),
        )
        assert row.buyers == buyers[pair]
        assert row.revenue == pytest.approx(revenue[pair])
        assert row.description == f"Thing {row.product[1:]}"
        assert (row.share_of_segment, row.share_of_others) == (pytest.approx(own), pytest.approx(others))
        if pair in enough:
            assert row.lift == pytest.approx(own / others)
            assert row.low <= row.lift <= row.high
        else:
            assert np.isnan(row.lift)
    by_segment = table.groupby("segment_id", sort=False)
    assert list(by_segment.groups) == sorted(table.segment_id.unique())
    assert all(low.dropna().is_monotonic_decreasing for _, low in by_segment.low)


def test_what_is_planted_is_found(found):
    lifts = found.products.set_index(["segment_id", "product"]).lift
    usual = lifts.groupby("segment_id").median()
    assert lifts[0, "p0"] > usual[0] > lifts[0, "p1"]
    first = found.bought.segments[0]
    assert first.typical_lift == pytest.approx(usual[0])
    assert all(line.is_unusual for line in first.by_lift)
    last = found.bought.segments[2]
    assert not last.by_lift
    assert last.closest[0].product == "p1"


def test_categories_and_baskets_equal_pandas(found, labelled):
    by_category = labelled.fillna({"Category": "(no category)"}).groupby(["segment", "Category"]).money.sum()
    orders = labelled.groupby(["segment", "who", "order"]).agg(
        lines=("SKU", "size"), items=("units", "sum"), value=("money", "sum")
    )
    for one in found.bought.segments:
        assert one.categories == pytest.approx((by_category[one.segment] / by_category[one.segment].sum()).to_dict())
        assert sum(one.categories.values()) == pytest.approx(1)
        assert list(one.categories.values()) == sorted(one.categories.values(), reverse=True)
        mine = orders.loc[one.segment]
        assert one.basket.orders == len(mine)
        for name in ("lines", "items", "value"):
            assert getattr(one.basket, f"{name}_mean") == pytest.approx(mine[name].mean())
            assert getattr(one.basket, f"{name}_median") == pytest.approx(mine[name].median())


def test_any_order_of_the_rows_gives_the_same(lines, found):
    turned = sg.segment(lines.sample(frac=1, random_state=2), **ROLES, k=3, products={"min_buyers": 8})
    pd.testing.assert_frame_equal(turned.products, found.products, check_exact=True)
    assert repr(turned.bought) == repr(found.bought)  # as text, since a missing lift is unlike itself


def test_without_products_or_categories(lines):
    neither = sg.segment(lines.drop(columns=["SKU", "Product name", "Category"]), **ROLES, k=3)
    assert neither.bought is None
    with pytest.raises(DataError, match="no products"):
        neither.products  # noqa: B018
    only = sg.segment(lines.drop(columns=["SKU", "Product name"]), **ROLES, k=3).bought
    assert not only.has_products
    assert only.lines == ()
    assert len(only.overall) == 4


def test_a_run_writes_products_beside_its_report_and_only_then(lines, tmp_path):
    file = tmp_path / "lines.csv"
    lines.to_csv(file, index=False)
    columns = {role: ROLES[role] for role in ("customer", "order", "time", "quantity", "unit_price")}
    recipe = parse_recipe(
        {"source": {"path": str(file), "columns": columns}, "cluster": {"k": 3}, "products": {"min_buyers": 8}}
    )
    found = sg.run(recipe, out=tmp_path / "runs")
    written = pd.read_csv(found.path / "products.csv", dtype={"product": str})
    pd.testing.assert_frame_equal(written, found.products, rtol=1e-12, check_dtype=False)
    page = (found.path / "report.html").read_text(encoding="utf-8")
    assert "What each segment buys" in page
    assert {"product_lift.svg", "category_shares.svg"} <= {path.name for path in (found.path / "charts").iterdir()}
    assert not (sg.run(recipe, out=tmp_path / "other", report=False).path / "products.csv").exists()
