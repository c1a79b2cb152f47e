"""Run the command line in this process, as a user would call it."""

from __future__ import annotations

import sys
from dataclasses import dataclass

import pytest


@dataclass
class Answer:
    code: int
    out: str
    err: str


@pytest.fixture
def cli(monkeypatch, capsys, tmp_path):
    from segmentry.cli.app import main

    monkeypatch.chdir(tmp_path)

    def call(*arguments: object) -> Answer:
        monkeypatch.setattr(sys, "argv", ["segmentry", *map(str, arguments)])
        with pytest.raises(SystemExit) as stop:
            main()
        captured = capsys.readouterr()
        return Answer(int(stop.value.code or 0), captured.out, captured.err)

    return call


@pytest.fixture
def sales(tmp_path):
    """A small book that runs well: forty customers, a few orders each."""
    lines = ["order_id,customer_id,order_date,amount"]
    order = 0
    for customer in range(40):
        for number in range(1 + customer % 5):
            order += 1
            lines.append(
                f"{order},c{customer:02d},2024-{1 + (customer * 7 + number) % 12:02d}-{1 + (order * 3) % 28:02d},{5 + customer * 3 + number}.50"
            )
    file = tmp_path / "sales.csv"
    file.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return file
