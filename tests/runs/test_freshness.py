"""Whether the newest run is new enough, at a given moment."""

from datetime import UTC, datetime, timedelta

import pytest

from segmentry.core.errors import RecipeError, Refused
from segmentry.runs import check_fresh, parse_age

NOW = datetime(2024, 5, 3, 12, tzinfo=UTC)


def test_a_run_may_be_as_old_as_is_said_and_no_older(store, add):
    add("old", created="2024-05-01T12:00:00+00:00")
    add("other", created="2024-05-03T11:00:00+00:00", name="cards")
    with pytest.raises(Refused, match=r"old, made 2 d ago. It may be 1 d 23 h old") as error:
        check_fresh(store, "shop", timedelta(hours=47, minutes=59), now=NOW)
    assert error.value.exit_code == 3
    assert check_fresh(store, "shop", timedelta(hours=48), now=NOW).run_id == "old"
    add("new", created="2024-05-03T13:00:00+02:00")
    assert check_fresh(store, "shop", timedelta(minutes=60), now=NOW).run_id == "new"
    with pytest.raises(Refused, match="no run of 'books'"):
        check_fresh(store, "books", timedelta(days=999), now=NOW)


@pytest.mark.parametrize(
    ("text", "hours"), [("90m", 1.5), ("26h", 26), ("7d", 168), (" 1.5 D ", 36), ("0m", 0), ("999999d", 999_999 * 24)]
)
def test_an_age_is_a_number_and_a_unit(text, hours):
    assert parse_age(text) == timedelta(hours=hours)


@pytest.mark.parametrize("text", ["", "7", "h", "-1h", "1w", "1h30m", "9999999d", "١h", "1e3h"])
def test_anything_else_is_no_age(text):
    with pytest.raises(RecipeError, match="90m, 26h, 7d"):
        parse_age(text)
