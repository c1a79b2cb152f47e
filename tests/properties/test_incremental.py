"""What must hold for refreshes from new files alone: nothing they leave behind differs from the full computation."""

from __future__ import annotations

import json
from functools import partial
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow.parquet as pq
from hypothesis import Phase, given, settings
from hypothesis import strategies as st

from segmentry import refresh
from segmentry.core.progress import Silent
from segmentry.core.recipe import parse_recipe
from segmentry.features import View, Views
from segmentry.flow import incremental
from segmentry.flow.incremental import incremental_book
from segmentry.flow.predecessor import read_run_before
from segmentry.flow.purchases import transactions_book
from segmentry.flow.segmenting import read
from segmentry.runs import Store

HEADER = "customer,invoice,date,quantity,price,product"
CUSTOMERS = ["a", "b", "c", "d", "e", "017", "17.0", "o'k"]
FEATURES = [
    "recency_days", "frequency", "monetary", "tenure_days", "recent_spend_share", "own_rhythm_recency",
    "days_between_orders_median", "return_rate", "distinct_products", "total_quantity",
]  # fmt: skip

line = st.tuples(
    st.sampled_from([*CUSTOMERS, ""]),
    st.sampled_from(["1", "2", "3", "4", "5", "C6", ""]),
    st.integers(0, 200),
    st.sampled_from(["1", "2", "3", "-1", "0", "x"]),
    st.sampled_from(["1.5", "2.25", "10", "0"]),
    st.sampled_from(["p", "q", "r"]),
)
files = st.lists(st.lists(line, min_size=1, max_size=8), min_size=1, max_size=2)
cleanings = st.sampled_from(
    [
        {},
        {"missing_customer": "keep"},
        {"duplicates": "keep"},
        {"cancellations": {"order_prefix": "C", "negative_quantity": True, "net": True}},
        {"cancellations": "keep", "non_positive": "keep"},
    ]
)
descriptions = st.one_of(st.none(), st.lists(st.sampled_from(FEATURES), max_size=5, unique=True))


def text(lines) -> str:
    """The lines of one file: dates from 2024 on, each the numbered day."""
    days = [f"2024-{1 + day // 28:02}-{1 + day % 28:02}" for _, _, day, *_ in lines]
    rows = [(*one[:2], day, *one[3:]) for one, day in zip(lines, days, strict=True)]
    return "\n".join([HEADER, *(",".join(row) for row in rows)]) + "\n"


def left_behind(folder: Path) -> dict[str, object]:
    """All that a run says of its customers, its rows and the run before; rejected rows in no order."""
    manifest = json.loads((folder / "manifest.json").read_text())
    of_refresh = manifest["refresh"]
    customers, rejected = (pq.read_table(folder / f"{name}.parquet") for name in ("customers", "rejected"))
    found = {name: [repr(one) for one in customers[name].to_pylist()] for name in customers.column_names}
    tables = {name: (folder / f"{name}.csv").read_text() for name in ("segments", "changes")}
    said = {name: one for name, one in of_refresh.items() if name not in {"previous", "run_id"}}
    return {
        "customers": found,
        "rejected": sorted(map(repr, rejected.to_pylist())),
        "columns": rejected.schema.names,
        **tables,
        "ledger": manifest["ledger"],
        "as_of": manifest["as_of"],
        "refresh": said,
    }


def refreshed(recipe, out: Path, *, fully: bool):
    """Refresh into *out*; *fully* from all rows."""
    known = incremental.why_not
    if fully:
        incremental.why_not = lambda *_: "asked for"
    try:
        return refresh(recipe, out=out, report=False, refit=False).path
    finally:
        incremental.why_not = known


first = [
    (customer, str(number), 9 * number + place, "2", price, "p")
    for place, customer in enumerate(CUSTOMERS[:6])
    for number, price in enumerate(("1.5", "10", "2.25"), 1)
]


@settings(max_examples=3, deadline=None)
@given(
    old=st.lists(line, max_size=25), new=files, again=files, clean=cleanings, describe=descriptions, early=st.booleans()
)
def test_a_chain_of_refreshes_leaves_what_full_ones_leave(old, new, again, clean, describe, early):  # noqa: PLR0917 -- drawn
    with TemporaryDirectory() as where:
        folder, data = Path(where), Path(where) / "data"
        data.mkdir()
        (data / "m.csv").write_text(text([*first, *old]))
        recipe = {
            "name": "chain", "source": {"path": str(data)}, "clean": clean,
            "cluster": {"k": 2}, "describe": describe,
        }  # fmt: skip
        for way in ("few", "all"):
            refresh(recipe, out=folder / way, report=False)
        for step, arrived in enumerate((new, again)):
            for place, lines in enumerate(arrived):
                # Files that sort before the old ones, too; their first row repeats one of the first file.
                name = f"{'b' if early else 'x'}{step}{place}.csv"
                (data / name).write_text(text([first[place], *lines]))
            few, everything = (refreshed(recipe, folder / way, fully=way == "all") for way in ("few", "all"))
            assert left_behind(few) == left_behind(everything)


@settings(max_examples=15, deadline=None, phases=[Phase.generate])  # shrinking files takes minutes
@given(old=st.lists(line, max_size=25), new=files, clean=cleanings, describe=descriptions, early=st.booleans())
def test_the_book_from_new_files_is_the_book_from_all_rows(old, new, clean, describe, early):
    with TemporaryDirectory() as where:
        folder, data = Path(where), Path(where) / "data"
        data.mkdir()
        (data / "m.csv").write_text(text([*first, *old]))
        recipe = parse_recipe({
            "name": "one", "source": {"path": str(data)}, "clean": clean, "cluster": {"k": 2}, "describe": describe,
        })  # fmt: skip
        before = read_run_before(first_run(recipe, folder / "runs")).cohorts[""]
        for place, lines in enumerate(new):
            name = f"{'b' if early else 'x'}{place}.csv"
            (data / name).write_text(text([first[place], *lines]))
        few, everything = (
            facts_of(make, recipe, before, folder / f"rejected-{place}.parquet")
            for place, make in enumerate((partial(incremental_book, before), transactions_book))
        )
        assert few == everything


def first_run(recipe, out: Path):
    refresh(recipe, out=out, report=False)
    return Store(out).runs()[0]


def facts_of(make, recipe, before, path: Path) -> dict[str, object]:
    """What the book that *make* makes of the source of *recipe* says, and what it writes to *path*; exact to the bit."""
    raw, engine = read(recipe, None, Silent())
    book = make(recipe, raw, engine, Silent())
    known, as_of = book.described(), book.customers.as_of
    book.write_rejected(path)
    seen = book.views([*before.model.features], Views((View(as_of, before.known_until),)))
    (places, then), *_ = seen.views
    return {
        "ids": known.ids.tolist(),
        "values": {name: known.values[name].tobytes() for name in sorted(known.values)},
        "as_of": as_of,
        "ledger": book.ledger,
        "rejected": sorted(map(repr, pq.read_table(path).to_pylist())),
        "idle": (seen.ids[places].tolist(), {name: one.tobytes() for name, one in then.values.items()}),
    }
