"""Odd books and settings end in a sound result or a clear error, and every run can be shown and explained."""

import json

import pytest
import yaml

TRADES = [
    f"A{n % 20:02d},T{n},2024-{1 + n % 12:02d}-{13 + n % 15:02d},{('buy', 'sell', 'deposit')[n % 3]},{5 + n * 37 % 900}"
    for n in range(90)
]
ACCOUNTS = [f"A{n:02d},2020-0{1 + n % 9}-01,{100 + n * n * 17}" for n in range(24)]


@pytest.fixture
def book(cli, tmp_path):
    """Run a book: *trades* and *accounts* as lines, *settings* of the recipe."""

    def call(trades=TRADES, accounts=ACCOUNTS, **settings):
        (tmp_path / "book").mkdir()
        (tmp_path / "book" / "trades.csv").write_text("\n".join(["account,trade_id,date,type,amount", *trades]) + "\n")
        (tmp_path / "book" / "accounts.csv").write_text("\n".join(["account,opened,nav", *accounts]) + "\n")
        source = {"kind": "accounts", "path": "book", "book": settings.pop("book", {})}
        recipe = {"name": "odd", "source": source, "cohorts": {"smallest": 4}, **settings}
        (tmp_path / "r.yaml").write_text(yaml.safe_dump(recipe))
        return call.again()

    call.again = lambda: cli("run", "r.yaml", "--no-report", "--json")
    return call


def test_a_run_with_cohorts_can_be_shown(cli, book):
    ran = book()
    assert ran.code == 0, ran.err
    shown = cli("show", "runs")
    assert shown.code == 0
    for name, part in json.loads(ran.out)["cohorts"].items():
        assert f"{name}: {part['k']['chosen']} segments: {part['k']['reason']}" in shown.out
    assert json.loads(cli("show", "runs", "--json").out)["segments"] == json.loads(ran.out)["segments"]


def test_a_mean_that_is_missing_is_shown_as_such(cli, tmp_path):
    lines = [f"{n},{n % 3 * 50 + n % 7},," for n in range(40)]
    (tmp_path / "c.csv").write_text("id,a,b,c\n" + "\n".join(lines) + "\n")
    ran = cli("run", "c.csv", "--kind", "customers")
    assert ran.code == 0, ran.err
    assert cli("show", "runs").code == 0


def test_a_cohort_of_one_account_is_one_segment_whatever_the_recipe_calls_small(book):
    old = "Z1,T999,2019-05-05,buy,70"
    ran = book([*TRADES, old], [*ACCOUNTS, "Z1,2018-01-01,5"], cohorts={"smallest": 1})
    assert ran.code == 0, ran.err
    inactive = json.loads(ran.out)["cohorts"]["inactive"]
    assert (inactive["customers"], inactive["k"]["chosen"]) == (1, 1)
    assert "1 account, 2 needed" in inactive["k"]["reason"]


def test_more_months_than_there_are_years_make_everyone_active_who_ever_traded(book):
    ran = book(cohorts={"active_months": 100_000, "smallest": 4})
    assert ran.code == 0, ran.err
    assert list(json.loads(ran.out)["cohorts"]) == ["active", "nonactive"]


@pytest.mark.parametrize("setting", ["type", "nav_column", "opened"])
def test_a_column_of_the_book_that_is_nowhere_is_an_error(book, setting):
    ran = book(book={setting: "opened_on"})
    assert ran.code == 1
    assert "'opened_on' is not a column of" in ran.err
    assert "Did you mean 'opened'?" in ran.err


def test_trade_types_that_no_row_has_are_an_error_that_names_those_there_are(book):
    ran = book(book={"trade_types": ["purchased"]})
    assert ran.code == 1
    assert "Types: buy, deposit, sell." in ran.err


def test_deposits_are_never_trades(book):
    ran = book([line.replace("buy", "deposit").replace("sell", "transfer") for line in TRADES])
    assert ran.code == 0, ran.err
    ledger = {line["reason"]: line["rows"] for line in json.loads(ran.out)["ledger"]}
    assert ledger == {"not a trade": 60, "kept": 30, "all": 90}


def test_a_book_of_deposits_alone_has_no_trades(book, tmp_path):
    ran = book([line.replace("buy", "deposit").replace("sell", "deposit") for line in TRADES])
    assert ran.code == 1
    assert "not a trade" in ran.err
    assert not (tmp_path / "runs").exists()


def test_a_number_too_large_to_reckon_with_counts_as_missing(book):
    ran = book(accounts=[*ACCOUNTS, "B1,2020-01-01,1e308", "B2,2020-01-01,-1e300"])
    assert ran.code == 0, ran.err
    assert any("2 values of 'nav' are not numbers" in text for text in json.loads(ran.out)["assumptions"])


OWN = ["segment", "Segment_ID", "confidence", "is_outlier", "nearest_other_segment", "cohort", "membership_0", "=1+1"]


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_features_that_are_called_like_a_column_of_the_run_stand_beside_it(cli, tmp_path, method):
    import pandas as pd

    ids = [f"c{n:02d}" for n in range(60)]
    figures = {name: [n % 3 * 100 + n * place % 7 for n in range(60)] for place, name in enumerate(OWN)}
    pd.DataFrame({"id": ids, **figures, "customer_id": [n * n % 11 for n in range(60)]}).to_csv("c.csv", index=False)
    ran = cli("run", "c.csv", "--kind", "customers", "--customer", "id", "--method", method, "--no-report", "--json")
    assert ran.code == 0, ran.err
    run = json.loads(ran.out)["run"]
    customers = pd.read_parquet(f"{run}/customers.parquet")
    assert customers.customer_id.tolist() == ids
    sizes = {row["segment"]: row["customers"] for row in json.loads(ran.out)["segments"]}
    assert customers.segment.value_counts().to_dict() == sizes
    assert customers["Segment_ID_"].tolist() == figures["Segment_ID"]
    assert customers["membership_0_"].tolist() == figures["membership_0"]
    assert customers["customer_id_"].tolist() == [n * n % 11 for n in range(60)]
    assert cli("explain", run, "c07").code == 0
    assert "=1+1" in cli("explain", run, "--segment", next(iter(sizes)), "--json").out
    assert cli("score", run, "c.csv", "--out", "s.parquet").code == 0
    pd.testing.assert_frame_equal(pd.read_parquet("s.parquet")[list(customers)], customers)


def customers_of(count, path="c.csv"):
    import numpy as np
    import pandas as pd

    random = np.random.default_rng(3)
    group = np.arange(count) % 3
    figures = {"a": group * 5 + random.normal(size=count), "b": group * -3 + random.normal(size=count)}
    pd.DataFrame({"id": [f"c{n}" for n in range(count)], **figures}).to_csv(path, index=False)


@pytest.mark.parametrize("method", ["minibatch", "mixture", "hierarchical"])
@pytest.mark.parametrize(("count", "k"), [(6, "6"), (11, "auto")])
def test_as_many_groups_as_a_resample_has_customers(cli, tmp_path, method, count, k):
    customers_of(count)
    ran = cli("run", "c.csv", "--kind", "customers", "--method", method, "--k", k, "--no-report")
    assert ran.code == 0, ran.err


def test_an_eps_far_beyond_every_distance_is_drawn(cli, tmp_path):
    customers_of(60)
    (tmp_path / "r.yaml").write_text("source: {kind: customers, path: c.csv}\ncluster: {method: dbscan, eps: 1.0e+9}\n")
    ran = cli("run", "r.yaml")
    assert ran.code == 0, ran.err


@pytest.mark.parametrize("method", ["kmeans", "mixture"])
def test_segments_on_principal_components_are_explained(cli, tmp_path, method):
    customers_of(60)
    (tmp_path / "r.yaml").write_text(
        "source: {kind: customers, path: c.csv}\n"
        f"prepare: {{pca: {{components: 1}}, impute: {{flags: true}}}}\ncluster: {{method: {method}, k: 3}}\n"
    )
    assert cli("run", "r.yaml", "--no-report").code == 0
    told = cli("explain", "runs", "c7", "--json")
    assert told.code == 0, told.err
    answer = json.loads(told.out)
    assert {one["feature"] for one in answer["reasons"]} == {"a", "b"}
    assert sum(one["pull"] for one in answer["reasons"]) == pytest.approx(answer["margin"])


def sales_of(path, categories=3, last="2024-06-01"):
    lines = [f"{n},c{n % 25},2024-{1 + n % 5:02d}-{13 + n % 15},{5 + n % 40},k {n % categories}" for n in range(1500)]
    path.write_text("\n".join(["order,customer,date,amount,category", *lines, f"x,c3,{last},7,k 0"]) + "\n")


def test_a_window_longer_than_history_leaves_nothing_out(cli, tmp_path):
    sales_of(tmp_path / "s.csv")
    (tmp_path / "r.yaml").write_text("source: {path: s.csv}\nwindow_days: 1000000000\n")
    ran = cli("run", "r.yaml", "--no-report", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["ledger"][-2]["rows"] == 1501


def test_the_last_of_all_dates(cli, tmp_path):
    sales_of(tmp_path / "s.csv", last="9999-12-31")
    ran = cli("run", "s.csv", "--no-report", "--json")
    assert ran.code == 0, ran.err
    assert json.loads(ran.out)["as_of"] == "9999-12-31"


def test_a_thousand_categories_have_a_share_each(cli, tmp_path):
    import pandas as pd

    sales_of(tmp_path / "s.csv", categories=700)
    (tmp_path / "r.yaml").write_text(
        "source: {path: s.csv, columns: {category: category}}\ndescribe: ['share_of_*']\nproducts: {categories: 690}\ncluster: {k: 3}\n"
    )
    ran = cli("run", "r.yaml", "--no-report", "--json")
    assert ran.code == 0, ran.err
    customers = pd.read_parquet(json.loads(ran.out)["run"] + "/customers.parquet")
    shares = customers.filter(like="share_of_")
    assert shares.shape[1] == 691
    assert shares.sum(axis=1).tolist() == pytest.approx([1] * 25)


@pytest.mark.parametrize("name", ["retail", "rfm"])
def test_a_demo_refuses_a_seed_below_zero(cli, name, tmp_path):
    ran = cli("demo", name, "--customers", "10", "--seed", "-1")
    assert ran.code == 2
    assert "Traceback" not in ran.err
    assert not (tmp_path / "runs").exists()


DAMAGE = {
    "manifest.json": [b"", b"[]", b"{}", b"\xff\xfe\x00"],
    "segments.csv": [None, b"", b"a,b\n1,2\n", b"\xff\xfe\x00", b"segment_id,segment,customers\nx,y,z\n"],
    "model/model.json": [b"", b"[]", b'{"format": 1, "sha256": null, "body": null}'],
    "customers.parquet": [None, b"", b"\x00\x01"],
}


def test_a_damaged_run_is_said_to_be_damaged(cli, sales, tmp_path):
    assert cli("run", sales, "--no-report").code == 0
    (run,) = (tmp_path / "runs").iterdir()
    asked = [("show",), ("show", "--json"), ("explain", "c01"), ("explain", "--segment", "Champions"), ("score", sales)]
    for name, contents in DAMAGE.items():
        whole = (run / name).read_bytes()
        for content in contents:
            (run / name).unlink()
            if content is not None:
                (run / name).write_bytes(content)
            answers = [cli(command, run, *more) for command, *more in asked]
            assert {answer.code for answer in answers} <= {0, 1}
            assert 1 in {answer.code for answer in answers}, (name, content)
            (run / name).write_bytes(whole)
    assert cli("show", run).code == 0


@pytest.mark.parametrize("ids", [[], [None] * 40, list(range(40))])
def test_a_run_whose_customers_have_no_ids_is_not_explained(cli, sales, tmp_path, ids):
    import pandas as pd

    assert cli("run", sales, "--no-report").code == 0
    (table,) = (tmp_path / "runs").glob("*/customers.parquet")
    customers = pd.read_parquet(table).head(len(ids))
    customers.assign(customer_id=ids).to_parquet(table)
    for asked in ("c01", "--segment=Champions"):
        answer = cli("explain", table.parent, asked)
        assert answer.code == 1
        assert "has no customers" in answer.err


def test_figures_of_the_accounts_never_replace_those_of_their_trades(book):
    import pandas as pd

    plain = json.loads(book().out)["run"]
    trades, accounts = pd.read_csv("book/trades.csv"), pd.read_csv("book/accounts.csv")
    assert len(trades) == 90
    accounts.assign(recency_days=1, frequency=3, monetary=range(len(accounts))).to_csv("book/accounts.csv", index=False)
    ran = book.again()
    assert ran.code == 0, ran.err
    found = pd.read_parquet(json.loads(ran.out)["run"] + "/customers.parquet")
    expected = pd.read_parquet(f"{plain}/customers.parquet")
    for name in ("cohort", "recency_days", "frequency", "monetary"):
        assert found[name].equals(expected[name]), name
    assert found["frequency_"].dropna().unique().tolist() == [3]
