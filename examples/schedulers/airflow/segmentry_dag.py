"""Refresh customer segments every day: comes in a recipe, goes out a run, and as XComs what was done and why.

Copy this file into the `dags` folder of Airflow 3. Airflow Variables, or AIRFLOW_VAR_SEGMENTRY_RECIPE=… and so on in
the environment of the workers, say what differs from DEFAULTS.
"""

from __future__ import annotations

import json
import logging
import subprocess
from datetime import UTC, datetime
from typing import Any

from airflow.sdk import TriggerRule, Variable, dag, task
from airflow.sdk.exceptions import AirflowFailException

log = logging.getLogger(__name__)

DEFAULTS = {
    # Segmentry has an environment of its own: the versions that it needs and those that Airflow pins may differ.
    "segmentry_command": "/opt/segmentry/bin/segmentry",
    "segmentry_recipe": "/srv/segmentry/recipe.yaml",
    "segmentry_store": "/srv/segmentry/runs",
    "segmentry_name": "shop",  # `name:` of the recipe
    "segmentry_max_age": "26h",  # a day, and two hours to work in
}
# Segmentry has looked and said no; asked again, it says the same. A refusal wants a person: segments found anew are not
# clearly those before, or another refresh of the same segmentation, which --wait has waited for, does not end.
NO_USE_TRYING_AGAIN = {1: "bad input or data", 2: "a wrong call", 3: "refused"}


@dag(
    schedule="15 5 * * *",
    start_date=datetime(2026, 1, 1, tzinfo=UTC),
    catchup=False,  # a refresh reads the data as they are now: a day that was missed cannot be made up for
    max_active_runs=1,
    default_args={"retries": 2},
    tags=["segmentry"],
    doc_md=__doc__,
)
def segmentry_refresh() -> None:
    """Refresh; tell people where the model has become doubtful or is a new one; check the store."""

    @task(multiple_outputs=True)
    def refresh() -> dict[str, Any]:
        """Write the next run; return its folder, what was done (first, keep, warn, refit), why, and how many moved.

        Customers who came or went count as moved.
        """
        said = segmentry("refresh", setting("recipe"), "--out", setting("store"), "--wait", "600")
        details = said.get("refresh", {"reasons": [], "moved": {"customers": 0}})  # the first run follows none
        return {
            "action": said["action"],
            "run": said["run"],
            "moved_customers": details["moved"]["customers"],
            "reasons": details["reasons"],
        }

    @task.branch
    def choose(action: str) -> str:
        """Return the task that comes next: people hear of warnings and refits."""
        return "notify" if action in {"warn", "refit"} else "status"

    @task
    def notify(action: str, run: str, reasons: list[str]) -> str:
        """Write the reasons to the log and return them; a mail or a message to a channel has its place here."""
        message = "\n".join([f"{run}: {action}", *reasons])
        log.warning(message)
        return message

    @task(trigger_rule=TriggerRule.NONE_FAILED)  # notify may have been left out
    def status() -> None:
        """Fail where the store has no run of that name that is new enough."""
        segmentry("status", setting("store"), "--name", setting("name"), "--max-age", setting("max_age"))

    found = refresh()
    told = notify(found["action"], found["run"], found["reasons"])
    checked = status()
    choose(found["action"]) >> [told, checked]
    told >> checked


def setting(name: str) -> str:
    """Return the Airflow Variable segmentry_NAME, or its default."""
    key = f"segmentry_{name}"
    return Variable.get(key, default=DEFAULTS[key])


def segmentry(*arguments: str) -> dict[str, Any]:
    """Return what a command of Segmentry says as JSON; its progress goes to the task's log.

    Raises AirflowFailException, which ends the retries, where trying again is no use; CalledProcessError, which does
    not, where the command was killed.
    """
    command = [setting("command"), *arguments, "--json"]
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    log.info(done.stderr)  # left alone, Airflow would show each line of it as an error
    if done.returncode in NO_USE_TRYING_AGAIN:
        reason = json.loads(done.stdout)["error"]["found"] if done.stdout else "the log says what"
        raise AirflowFailException(f"{NO_USE_TRYING_AGAIN[done.returncode]}: {reason}")
    done.check_returncode()
    return json.loads(done.stdout)


segmentry_refresh()
