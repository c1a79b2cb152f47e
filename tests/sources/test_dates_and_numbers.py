"""Dates and numbers as people write them: formats found over all values, stated, and settable."""

from __future__ import annotations

from datetime import date, timedelta
from decimal import Decimal

import pandas as pd
import pytest

from segmentry.core.errors import SourceError

DAYS = [date(2011, 1, 1) + timedelta(days=17 * n) for n in range(60)]


def book_of(dates, amounts=None, delimiter=","):
    amounts = amounts or ["5"] * len(dates)
    rows = [
        delimiter.join([f"c{n % 7}", f'"{when}"', f'"{amount}"'])
        for n, (when, amount) in enumerate(zip(dates, amounts, strict=True))
    ]
    return "\n".join([delimiter.join(["customer", "date", "amount"]), *rows]) + "\n"


@pytest.mark.parametrize(
    ("pattern", "title"),
    [
        ("%Y-%m-%d", "ISO"), ("%Y-%m-%d %H:%M:%S", "ISO"), ("%Y-%m-%dT%H:%M:%S.%f", "ISO"), ("%Y/%m/%d %H:%M", "ISO"),
        ("%m/%d/%Y %H:%M", "month/day/year"), ("%d/%m/%Y", "day/month/year"), ("%d-%b-%y", "day-month-year"),
        ("%Y%m%d", "yearmonthday"), ("%d.%m.%Y", "day.month.year"), ("%m/%d/%y", "month/day/year"),
        ("%d.%m.%y %H:%M:%S", "day.month.year"), ("%m/%d/%Y %I:%M %p", "month/day/year"), ("%d-%m-%Y", "day-month-year"),
        ("%d %B %Y", "day month year"), ("%b %d, %Y", "month day, year"), ("%Y%m%d%H%M%S", "yearmonthday"), ("%Y.%m.%d", "year.month.day"),
    ],
)  # fmt: skip
def test_each_way_to_write_a_date_is_found(load_text, pattern, title):
    moments = [pd.Timestamp(day.year, day.month, day.day, 8 + n % 12, n) for n, day in enumerate(DAYS)]
    book = load_text(book_of([moment.strftime(pattern) for moment in moments]))
    assert book.facts.description.endswith(f"dates {title}")
    assert book.facts.assumptions[-1].text.startswith("no order column")
    expected = [pd.to_datetime(moment.strftime(pattern), format=pattern) for moment in moments]
    assert book.column("time") == expected
    assert book.column("unparsed") == [None] * 60


def test_one_day_above_12_in_a_hundred_thousand_decides_the_order(load_text):
    dates = ["3/4/2011"] * 99_999 + ["13/4/2011"]
    book = load_text(book_of(dates))
    assert "day/month/year" in book.facts.description
    assert book.rows[0]["time"] == pd.Timestamp(2011, 4, 3)
    assert not any("no day above 12" in note.text for note in book.facts.assumptions)


@pytest.mark.parametrize(
    ("text", "first", "other", "setting"),
    [
        ("3/4/2011", pd.Timestamp(2011, 3, 4), pd.Timestamp(2011, 4, 3), "day-first"),
        ("3.4.2011", pd.Timestamp(2011, 4, 3), pd.Timestamp(2011, 3, 4), "month-first"),
    ],
)
def test_an_ambiguous_order_is_an_assumption_and_can_be_set(load_text, text, first, other, setting):
    dates = [text, text.replace("3", "5", 1)] * 20
    book = load_text(book_of(dates))
    notes = [note for note in book.facts.assumptions if "no day above 12" in note.text]
    assert [note.change for note in notes] == [f"source.format.dates: {setting}"]
    assert book.rows[0]["time"] == first
    told = load_text(book_of(dates), format={"dates": setting})
    assert told.rows[0]["time"] == other
    assert not any("no day above 12" in note.text for note in told.facts.assumptions)


def test_dates_in_another_format_are_counted_and_not_guessed(load_text):
    dates = [f"{n % 12 + 1}/{13 + n % 15}/2011" for n in range(50)] + [
        "2011-05-06x",
        "14-Jan-15",
        "31/12/2011",
        "2/30/2011",
        "5/6/11",
    ]
    book = load_text(book_of(dates))
    assert book.column("unparsed")[:50] == [None] * 50
    assert book.column("unparsed")[50:] == [f"time '{text}'" for text in dates[50:]]


def test_zoned_times_become_the_clock_of_the_given_zone(load_text):
    dates = ["2024-07-01T23:30:00Z", "2024-07-01 23:30:00+02:00", "2024-01-01T23:30:00.5Z", "2024-07-01 10:00:00"] * 5
    book = load_text(book_of(dates))
    assert book.column("time")[:4] == [
        pd.Timestamp(2024, 7, 1, 23, 30),
        pd.Timestamp(2024, 7, 1, 21, 30),
        pd.Timestamp(2024, 1, 1, 23, 30, 0, 500_000),
        pd.Timestamp(2024, 7, 1, 10),
    ]
    berlin = load_text(book_of(dates), timezone="Europe/Berlin")
    assert berlin.column("time")[:4] == [
        pd.Timestamp(2024, 7, 2, 1, 30),
        pd.Timestamp(2024, 7, 1, 23, 30),
        pd.Timestamp(2024, 1, 2, 0, 30, 0, 500_000),
        pd.Timestamp(2024, 7, 1, 10),
    ]
    with pytest.raises(SourceError, match=r"source.timezone: 'Mars/Base'"):
        load_text(book_of(dates), timezone="Mars/Base")


def test_seconds_since_1970_are_read_when_the_role_is_given(load_text):
    text = book_of(["1325376000", "1325462400"] * 10)
    with pytest.raises(SourceError, match="says when"):
        load_text(text)
    book = load_text(text, columns={"time": "date"})
    assert book.column("time")[:2] == [pd.Timestamp(2012, 1, 1), pd.Timestamp(2012, 1, 2)]
    millis = load_text(text.replace('00"', '00000"'), columns={"time": "date"})
    assert millis.column("time")[:2] == [pd.Timestamp(2012, 1, 1), pd.Timestamp(2012, 1, 2)]


def test_an_own_pattern_is_taken_and_checked(load_text):
    dates = [f"{n % 28 + 1}_0{n % 9 + 1}_2011" for n in range(40)]
    book = load_text(book_of(dates), columns={"time": "date"}, format={"dates": "%d_%m_%Y"})
    assert book.rows[1]["time"] == pd.Timestamp(2011, 2, 2)
    with pytest.raises(SourceError, match="No value of column 'date' is written as"):
        load_text(book_of(dates), columns={"time": "date"}, format={"dates": "%d/%m/%Y"})
    with pytest.raises(SourceError, match="'sometimes' is not a date format"):
        load_text(book_of(dates), columns={"time": "date"}, format={"dates": "sometimes"})


def test_a_given_time_column_that_holds_no_dates_is_an_error(load_text):
    with pytest.raises(SourceError, match=r"'customer' .* does not hold dates: 'c0'"):
        load_text(book_of(["2011-01-01"] * 20), columns={"time": "customer", "customer": "date"})


@pytest.mark.parametrize(
    ("amounts", "expected"),
    [
        (["1.5", "-2", "3e2", ".5", "+4", " 7 ", "1000.25"], ["1.5", "-2", "300", "0.5", "4", "7", "1000.25"]),
        (["1,234.56", "$5.00", "(3.25)", "12.5-", "£ 1,000,000", "- 2", "9.99 USD"], ["1234.56", "5", "-3.25", "-12.5", "1000000", "-2", "9.99"]),
        (["1.234,56 €", "0,5", "-12,5", "1.000.000", "€ 7", "3", "(1,25)"], ["1234.56", "0.5", "-12.5", "1000000", "7", "3", "-1.25"]),
        (["1 234,50", "1\u00a0234,5", "1\u202f000,1", "12,75", "2", "3", "4"], ["1234.5", "1234.5", "1000.1", "12.75", "2", "3", "4"]),
        (["1'234.50", "2'000", "5.25", "2", "3", "4", "1,250.00"], ["1234.5", "2000", "5.25", "2", "3", "4", "1250"]),
    ],
)  # fmt: skip
def test_numbers_as_people_write_them(load_text, amounts, expected):
    book = load_text(book_of(["2024-01-20"] * 21, amounts * 3))
    assert book.column("amount") == [Decimal(text) for text in expected * 3]
    assert book.column("unparsed") == [None] * 21


def test_a_decimal_comma_is_decided_for_the_whole_file_and_stated(load_text):
    rows = [f"c{n % 5};2024-01-{n % 28 + 1:02d};{'1.000' if n % 2 else '2'};{n},75" for n in range(40)]
    book = load_text("\n".join(["Kunde;Datum;Menge;Preis", *rows]))
    assert "decimal comma" in book.facts.description
    assert book.facts.roles == {"customer": "Kunde", "time": "Datum", "quantity": "Menge", "unit_price": "Preis"}
    assert book.rows[1]["quantity"] == 1000.0
    assert book.rows[1]["amount"] == Decimal(1750)


def test_a_thousands_comma_without_evidence_is_an_assumption(load_text):
    amounts = ["1,234", "5,678", "250"] * 10
    book = load_text(book_of(["2024-01-20"] * 30, amounts))
    assert book.rows[0]["amount"] == Decimal(1234)
    assert any(note.change == "source.format.decimal: ','" for note in book.facts.assumptions)
    told = load_text(book_of(["2024-01-20"] * 30, amounts), format={"decimal": ","})
    assert told.rows[0]["amount"] == Decimal("1.234")


def test_words_in_a_number_column_stay_words(load_text):
    amounts = ["10"] * 30 + ["abc", "12abc", "--5", "1.2.3", "5 6", "0x1F", "1,2,3", "€", "N/A", "nan"]
    book = load_text(book_of(["2024-01-20"] * 40, amounts))
    assert book.column("unparsed")[30:] == [f"amount '{text}'" for text in amounts[30:38]] + ["amount is empty"] * 2


def test_money_is_exact_to_four_decimals(load_text):
    prices = [f"{n * 7919 % 100_000 / 10_000:.4f}" for n in range(500)]
    rows = [f"c{n % 9},2024-01-05,{n % 90 - 20},{price}" for n, price in enumerate(prices)]
    book = load_text("\n".join(["customer,date,quantity,price", *rows]))
    assert book.column("amount") == [Decimal(n % 90 - 20) * Decimal(price) for n, price in enumerate(prices)]


def test_typed_dates_and_zones_of_frames(load):
    frame = pd.DataFrame(
        {
            "customer": [1.0, 2.0, None] * 10,
            "date": pd.date_range("2024-03-30 22:30", periods=30, freq="h", tz="UTC"),
            "amount": 1.5,
        }
    )
    book = load(frame, timezone="Europe/Berlin")
    expected = frame["date"].dt.tz_convert("Europe/Berlin").dt.tz_localize(None)
    assert (
        book.column("time") == expected.dt.to_pydatetime().tolist()
        if hasattr(expected.dt, "tolist")
        else [stamp.to_pydatetime() for stamp in expected]
    )
    assert book.column("customer_id") == ["1", "2", None] * 10
