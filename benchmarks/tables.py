"""Tables of what was measured, as Markdown: one for each work, one of the goals, and both in the README."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path

from checks import Check
from goals import GOALS
from record import Entry, Record

PROJECT = Path(__file__).parents[1]
START, END = "<!-- bench -->", "<!-- /bench -->"
HEADS = ("program", "runs", "wall, s", "CPU, s", "peak memory, MiB", "wall ÷ Segmentry")


def of_work(record: Record) -> str:
    """Return the table of *record* with its title, its machine, what the comparison said and where the time goes."""
    parts = [f"### {title(record)}", figures(record), machine([record])]
    if record.checks:
        parts.append("\n".join(["Answers compared:", "", *(_check(check) for check in record.checks)]))
    if steps := _steps(record):
        parts.append(steps)
    return "\n\n".join(parts) + "\n"


def in_short(record: Record) -> str:
    """Return the table of *record* under its title, and whether the answers agree."""
    wrong = [_check(check) for check in record.checks if not check.fine]
    said = "\n".join(["Answers that do not agree:", "", *wrong]) if wrong else "The answers agree."
    return f"**{title(record)}**\n\n{figures(record)}\n\n{said}"


def title(record: Record) -> str:
    """Return the title of *record* as a sentence begins."""
    return record.title[0].upper() + record.title[1:]


def figures(record: Record) -> str:
    """Return the table of figures of *record*: medians of each program, and how it ended where it did not finish."""
    ours = record.finished.get("segmentry")
    rate = [f"{record.unit} a second"] if record.count else []
    base = ours.middle("wall") if ours else None
    rows = [_row(entry, base, record.count) for entry in record.entries.values()]
    return grid((*HEADS, *rate), rows)


def _row(entry: Entry, base: float | None, count: int | None) -> list[str]:
    rates = 1 if count else 0
    if not entry.finished:
        return [entry.label, str(len(entry.runs)), entry.ended, *["–"] * (3 + rates)]
    wall = entry.middle("wall")
    cells = [f"{wall:.2f}", f"{entry.middle('cpu'):.2f}", f"{entry.middle('peak'):,.0f}"]
    cells.append(f"{wall / base:.2f}" if base else "–")
    return [entry.label, str(len(entry.runs)), *cells, *([f"{count / wall:,.0f}"] if count else [])]


def grid(heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """Return a Markdown table, all columns but the first aligned right."""
    lines = [heads, ["---", *["---:"] * (len(heads) - 1)], *rows]
    return "\n".join(f"| {' | '.join(line)} |" for line in lines)


def machine(records: Sequence[Record]) -> str:
    """Return how and on what *records* were measured, in sentences."""
    sessions = {key: one for record in records for key, one in sorted(record.sessions.items())}
    kinds: dict[str, list[str]] = {}
    for one in sessions.values():
        about = f"{one['processor']}, {one['cores']} cores, {one['memory']}; {one['system']}; {one['versions']}"
        kinds.setdefault(about, []).append(one["commit"])
    said = [f"{about}; commit {', '.join(dict.fromkeys(commits))}." for about, commits in kinds.items()]
    once = all(len(record.sessions) == 1 for record in records)
    taken = "each table in one session" if once else f"in {len(sessions)} sessions ({', '.join(sessions)})"
    return (
        f"Whole processes in turn on the same file, medians of the runs, {taken}; "
        "peak memory is that of the process tree. " + " ".join(said)
    )


def _check(check: Check) -> str:
    mark = "✓" if check.fine else "✗"
    return f"- {mark} {check.what}: {check.found}"


def _steps(record: Record) -> str:
    """Return where the time goes inside the programs that say so, as a list."""
    lines = []
    for entry in record.finished.values():
        names = list(entry.runs[0].figures)
        if names:
            lines.append(f"- {entry.label}: {', '.join(f'{name} {entry.middle(name):.2f}' for name in names)}")
    return "\n".join(["Seconds by step, as the programs measure them themselves:", "", *lines]) if lines else ""


def of_goals(records: Mapping[str, Record]) -> str:
    """Return the table of goals: asked, measured, reached; what was not measured is left out."""
    measured = [(goal, found) for goal in GOALS if (found := goal.figure(records)) is not None]
    rows = [
        [goal.text, goal.asked, goal.shown(found), "yes" if goal.reached(found) else "**no**"]
        for goal, found in measured
    ]
    return grid(("goal", "asked", "measured", "reached"), rows) if rows else ""


def into_readme(text: str, readme: Path = PROJECT / "README.md") -> None:
    """Put *text* between the marks of the README's section on speed."""
    before, _, rest = readme.read_text(encoding="utf-8").partition(START)
    _, _, after = rest.partition(END)
    readme.write_text(f"{before}{START}\n{text.strip()}\n{END}{after}", encoding="utf-8")
