"""``segmentry runs``: what runs there are, what one holds, what changed, which to remove, which are whole."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated

import typer

from . import console, options

if TYPE_CHECKING:
    from ..runs import StoredRun

runs = typer.Typer(help="The store of runs: list, show, compare, remove and check them.", no_args_is_help=True)

StoreArgument = Annotated[str, typer.Argument(metavar="[STORE]", help="Folder that holds runs.")]
StoreOption = Annotated[str, typer.Option("--store", help="Folder that holds runs, for runs given by id.")]
Named = Annotated[
    str | None,
    typer.Option("--name", help="Of which segmentation 'latest' and 'previous' are meant.", show_default=False),
]
RUN = "Run folder, id, the beginning of an id, 'latest' or 'previous'."
Keep = Annotated[int, typer.Option(min=0, show_default=False, help="How many of the newest runs to keep.")]


@runs.command("list")
def list_runs(store: StoreArgument = "runs", as_json: options.AsJson = False) -> None:
    """List the runs of a store, oldest first."""
    from ..core import display
    from ..runs import Store

    found = Store(store)
    complete, unreadable = found.runs(), found.unreadable()
    if as_json:
        console.as_json(
            {
                "store": store,
                "runs": [run.to_dict() for run in complete],
                "unreadable": [{"path": str(one.path), "reason": one.reason} for one in unreadable],
            }
        )
        return
    if not complete and not unreadable:
        console.line(f"There are no runs in {store!r}.")
    if complete:
        console.table(
            [("run", "left"), ("made (UTC)", "left"), ("as of", "left"), ("customers", "right"), ("segments", "right"),
             ("kind", "left"), ("name", "left")],
            [
                [run.run_id, _moment(run), str(run.as_of or display.MISSING), display.count(run.customers),
                 display.count(run.segments), run.kind, run.name]
                for run in complete
            ],
        )  # fmt: skip
    for one in unreadable:
        console.line(f"Unreadable: {one.path.name}: {one.reason}")


@runs.command()
def show(
    run: Annotated[str, typer.Argument(help=RUN)] = "latest",
    store: StoreOption = "runs",
    name: Named = None,
    as_json: options.AsJson = False,
) -> None:
    """Print how a run was made, its files and its segments."""
    from ..runs import open_run
    from .show import show_run

    found = open_run(run, store=store, name=name)
    if not as_json:
        for title, value in _facts(found):
            console.line(f"{title:10s} {value}")
        console.line("")
    show_run(found, as_json=as_json)


@runs.command()
def diff(
    before: Annotated[str, typer.Argument(help=RUN)] = "previous",
    after: Annotated[str, typer.Argument(help=RUN)] = "latest",
    store: StoreOption = "runs",
    name: Named = None,
    as_json: options.AsJson = False,
) -> None:
    """Say what changed from the run BEFORE to the run AFTER: settings, segments, who moved, money."""
    from ..runs import difference, open_run
    from .run_difference import print_difference

    found = difference(open_run(before, store=store, name=name), open_run(after, store=store, name=name))
    if as_json:
        console.as_json(found.to_dict())
    else:
        print_difference(found)


@runs.command()
def prune(
    store: StoreArgument = "runs",
    keep_last: Keep = 0,
    keep_daily: Annotated[
        int, typer.Option(min=0, show_default=False, help="Of how many days to keep the newest run.")
    ] = 0,
    keep_weekly: Annotated[
        int, typer.Option(min=0, show_default=False, help="Of how many weeks to keep the newest run.")
    ] = 0,
    keep_monthly: Annotated[
        int, typer.Option(min=0, show_default=False, help="Of how many months to keep the newest run.")
    ] = 0,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only say what would be removed.")] = False,
    as_json: options.AsJson = False,
) -> None:
    """Remove the runs that no rule keeps; each segmentation is counted by itself."""
    from ..core import display
    from ..runs import Store
    from ..runs import prune as prune_runs

    found = prune_runs(
        Store(store),
        keep_last=keep_last,
        keep_daily=keep_daily,
        keep_weekly=keep_weekly,
        keep_monthly=keep_monthly,
        dry_run=dry_run,
    )
    if as_json:
        console.as_json({"store": store, "dry_run": dry_run, **found.to_dict()})
        return
    for one in found.kept:
        console.line(f"keep    {one.run.run_id}  {one.run.name}  ({', '.join(one.reasons)})")
    for run in found.removed:
        console.line(f"remove  {run.run_id}  {run.name}")
    said = "would be removed" if dry_run else "removed"
    console.line(f"{display.counted(len(found.kept), 'runs')} kept, {len(found.removed)} {said}.")


@runs.command()
def verify(
    run: Annotated[str | None, typer.Argument(help=f"{RUN} Without it, all runs of the store.")] = None,
    store: StoreOption = "runs",
    as_json: options.AsJson = False,
) -> None:
    """Compare the files of a run, or of all, with size and checksum in the manifest; exit code 1 where one differs."""
    from ..core import display
    from ..runs import Store, open_run
    from ..runs import verify as verify_run

    all_of = Store(store)
    checked = all_of.runs() if run is None else (open_run(run, store=store),)
    unreadable = all_of.unreadable() if run is None else ()
    faults = {one.run_id: verify_run(one) for one in checked}
    sound = not unreadable and not any(faults.values())
    if as_json:
        console.as_json(
            {
                "sound": sound,
                "runs": [
                    {"run_id": run_id, "faults": [vars(fault) for fault in found]} for run_id, found in faults.items()
                ],
                "unreadable": [{"path": str(one.path), "reason": one.reason} for one in unreadable],
            }
        )
    else:
        for run_id, found in faults.items():
            said = f"{display.counted(len(found), 'files')} not as written" if found else "sound"
            console.line(f"{run_id}: {said}")
            for fault in found:
                console.line(f"  {fault.file}: {fault.problem}")
        for one in unreadable:
            console.line(f"{one.path.name}: {one.reason}")
    raise typer.Exit(0 if sound else 1)


def _moment(run: StoredRun) -> str:
    from datetime import UTC

    return f"{run.created.astimezone(UTC):%Y-%m-%d %H:%M}"


def _facts(run: StoredRun) -> list[tuple[str, str]]:
    """Return how *run* was made, as titles and values."""
    from ..core import display

    manifest = run.manifest
    files = manifest["files"].values()
    source = manifest.get("source") or {}
    facts = [
        ("Run", run.run_id),
        ("Made", f"{_moment(run)} UTC by Segmentry {manifest.get('segmentry') or display.MISSING} ({run.kind})"),
        ("Read", f"{', '.join(source.get('files', []))}: {display.counted(source.get('rows', 0), 'rows')}"),
        ("Follows", run.previous or ""),
        ("Model of", run.model_from or ""),
        ("Files", f"{len(files)}, {display.count(sum(said['bytes'] for said in files))} bytes"),
    ]
    return [(title, value) for title, value in facts if value]
