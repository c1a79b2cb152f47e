"""The schedulers of examples/ run for real: the DAG in an Airflow of its own, cron's lines in a shell, systemd's commands."""

import ast
import configparser
import hashlib
import json
import os
import re
import shlex
import shutil
import sqlite3
import subprocess
import sys
from pathlib import Path

import filelock
import pandas as pd
import pytest

from segmentry.core import errors
from segmentry.runs import Store, verify
from segmentry.sources import generate_retail

SCHEDULERS = Path(__file__).parents[2] / "examples" / "schedulers"
SEGMENTRY = Path(sys.executable).with_name("segmentry")
UNITS = sorted((SCHEDULERS / "systemd").iterdir())
REFUSING = {1, 2, 3}  # exit codes after which the same again says the same


class Shop:
    """A folder with a recipe, the invoice lines until some day, and a store."""

    def __init__(self, folder, lines):
        self.folder, self.lines = folder, lines
        self.data, self.recipe, self.store = folder / "sales.csv", folder / "recipe.yaml", folder / "runs"
        self.recipe.write_text("name: shop\nsource: {path: sales.csv, kind: transactions}\n", encoding="utf-8")

    def sell_until(self, day):
        self.lines[self.lines["InvoiceDate"] < day].to_csv(self.data, index=False)

    def break_data(self):
        self.data.write_text("InvoiceNo,InvoiceDate\n", encoding="utf-8")

    def runs(self):
        found = Store(self.store).runs()
        assert not [fault for run in found for fault in verify(run)]
        return found


@pytest.fixture(scope="module")
def lines(tmp_path_factory):
    path = tmp_path_factory.mktemp("lines") / "sales.csv"
    generate_retail(path, customers=400)
    return pd.read_csv(path, dtype=str)


@pytest.fixture
def shop(tmp_path, lines):
    return Shop(tmp_path, lines)


def moved(before, after):
    """How many customers are elsewhere, those who came and went included, from nothing but the two tables."""
    was, now = (
        pd.read_parquet(run.path / "customers.parquet").set_index("customer_id")["segment"] for run in (before, after)
    )
    both = pd.concat([was, now], axis=1, keys=["was", "now"]).fillna("")
    return int((both["was"] != both["now"]).sum())


def test_the_readme_names_every_variable_and_every_exit_code():
    readme = (SCHEDULERS / "README.md").read_text(encoding="utf-8")
    dag = (SCHEDULERS / "airflow" / "segmentry_dag.py").read_text(encoding="utf-8")
    defaults = dict(re.findall(r'^    "(segmentry_\w+)": "(.+?)"', dag, flags=re.MULTILINE))
    assert len(defaults) == 5
    rows = [f"| `{name}` | `AIRFLOW_VAR_{name.upper()}` | `{default}` |" for name, default in defaults.items()]
    assert not [row for row in rows if row not in readme.splitlines()]
    (refusing,) = re.findall(r"^NO_USE_TRYING_AGAIN = (.*)$", dag, flags=re.MULTILINE)
    assert set(ast.literal_eval(refusing)) == REFUSING
    codes = dict(re.findall(r"^\| (\w+) \|.*\| ([^|]*)\|$", readme, flags=re.MULTILINE))
    assert {int(code) for code, again in codes.items() if again.startswith("no")} == REFUSING
    assert codes["other"].startswith("yes")


# Airflow -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def airflow_programs(without):
    """The programs of an environment with the Airflow that the example asks for, made once for each list of versions."""
    needs = SCHEDULERS / "airflow" / "requirements.txt"
    key = hashlib.sha256(sys.version.encode() + needs.read_bytes()).hexdigest()[:12]
    cache = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache") / "segmentry-tests"
    cache.mkdir(parents=True, exist_ok=True)
    folder = cache / f"airflow-{key}"
    ready = folder / ".ready"
    with filelock.FileLock(f"{folder}.lock"):
        if not ready.exists():
            shutil.rmtree(folder, ignore_errors=True)  # of a test that was stopped
            subprocess.run([sys.executable, "-m", "venv", folder], check=True, capture_output=True)
            install = [folder / "bin" / "pip", "install", "--quiet", "--requirement", needs]
            made = subprocess.run(install, check=False, capture_output=True, text=True)
            if made.returncode:
                without(f"Airflow ({made.stderr.strip().splitlines()[-1]})")
            ready.touch()
    return folder / "bin"


class Airflow:
    """An Airflow with the DAG in its dags folder, and the Segmentry of this environment as its command."""

    def __init__(self, programs, home, shop):
        self.programs, self.home, self.killed = programs, home, home / "killed"
        (home / "dags").mkdir(parents=True)
        shutil.copy(SCHEDULERS / "airflow" / "segmentry_dag.py", home / "dags")
        command = home / "segmentry"
        kill_once = f'if [ -e "{self.killed}" ]; then rm "{self.killed}"; kill -KILL $$; fi\n'
        command.write_text(f'#!/bin/sh\n{kill_once}exec "{SEGMENTRY}" "$@"\n', encoding="utf-8")
        command.chmod(0o755)
        self.environment = {
            **os.environ,
            "AIRFLOW_HOME": str(home),
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__CORE__DEFAULT_TASK_RETRY_DELAY": "1",
            "AIRFLOW_VAR_SEGMENTRY_COMMAND": str(command),
            "AIRFLOW_VAR_SEGMENTRY_RECIPE": str(shop.recipe),
            "AIRFLOW_VAR_SEGMENTRY_STORE": str(shop.store),
        }
        self.call("db", "migrate")

    def call(self, *arguments):
        return subprocess.run(
            [self.programs / "airflow", *arguments],
            env=self.environment,
            cwd=self.home,
            check=False,
            capture_output=True,
            text=True,
            timeout=300,
        )

    def ask(self, query, *parameters):
        base = sqlite3.connect(self.home / "airflow.db")
        try:
            return base.execute(query, parameters).fetchall()
        finally:
            base.close()

    def run(self, day):
        """Run the DAG for *day*: its state, the state and the tries of each task, and the XComs by task and key."""
        done = self.call("dags", "test", "segmentry_refresh", day)
        found = self.ask("SELECT run_id, state FROM dag_run WHERE date(logical_date) = ?", day)
        assert len(found) == 1, done.stdout + done.stderr
        ((run_id, state),) = found
        tasks = self.ask("SELECT task_id, state, try_number FROM task_instance WHERE run_id = ?", run_id)
        xcoms = self.ask("SELECT task_id, key, CAST(value AS TEXT) FROM xcom WHERE run_id = ?", run_id)
        return (
            state,
            {task: (how, tries) for task, how, tries in tasks},
            {(task, key): json.loads(value) for task, key, value in xcoms},
            done.stdout + done.stderr,
        )


def test_airflow_runs_the_days_of_a_shop(airflow_programs, shop):
    airflow = Airflow(airflow_programs, shop.folder / "airflow", shop)

    shop.sell_until("2024-10-01")
    state, tasks, xcoms, said = airflow.run("2026-11-01")
    assert state == "success", said
    assert re.search(r"\[info *\] Refresh +there is no run of 'shop'", said), said
    assert tasks == {
        "refresh": ("success", 1),
        "choose": ("success", 1),
        "notify": ("skipped", 0),
        "status": ("success", 1),
    }
    (first,) = shop.runs()
    assert {key: value for (task, key), value in xcoms.items() if task == "refresh" and key != "return_value"} == {
        "action": "first",
        "run": str(first.path),
        "moved_customers": 0,
        "reasons": [],
    }

    # A day with more data, on which the first try is killed: the second finds the model worth keeping.
    shop.sell_until("2024-10-08")
    airflow.killed.touch()
    state, tasks, xcoms, said = airflow.run("2026-11-02")
    assert state == "success"
    assert tasks == {
        "refresh": ("success", 2),
        "choose": ("success", 1),
        "notify": ("skipped", 0),
        "status": ("success", 1),
    }
    assert "SIGKILL" in said
    _, second = shop.runs()
    assert (xcoms["refresh", "action"], xcoms["refresh", "run"]) == ("keep", str(second.path))
    assert second.model_from == first.run_id
    assert xcoms["refresh", "moved_customers"] == moved(first, second) > 0

    # All that is there: so much more that people have to hear of it.
    shop.sell_until("2026")
    (shop.folder / "recipe.yaml").write_text(
        shop.recipe.read_text("utf-8") + "refresh: {size_warn: 0.05}\n", encoding="utf-8"
    )
    state, tasks, xcoms, _ = airflow.run("2026-11-03")
    assert state == "success"
    assert tasks["notify"] == tasks["status"] == ("success", 1)
    *_, third = shop.runs()
    facts = third.manifest["refresh"]
    assert xcoms["refresh", "action"] == facts["action"] != "keep"
    assert xcoms["notify", "return_value"].splitlines() == [f"{third.path}: {facts['action']}", *facts["reasons"]]
    assert facts["reasons"]

    # Broken data: no second try, the reason in the log, and a store as it was.
    shop.break_data()
    state, tasks, _, said = airflow.run("2026-11-04")
    assert state == "failed"
    assert tasks["refresh"] == ("failed", 1)
    assert tasks["status"][0] == "upstream_failed"
    assert "AirflowFailException: bad input or data: 'sales.csv' has a header but no rows." in said
    assert len(shop.runs()) == 3

    ((planned,),) = airflow.ask("SELECT next_dagrun_create_after FROM dag")
    assert "05:15:00" in planned


# cron --------------------------------------------------------------------------------------------------------------


def cron_lines(shop):
    """The settings and the commands of the crontab, its folders replaced by those of the *shop*."""
    text = (SCHEDULERS / "cron" / "segmentry.cron").read_text(encoding="utf-8")
    assert text.endswith("\n"), "cron does not run a last line without an end"
    entries = [line for line in text.splitlines() if line and not line.startswith("#")]
    settings = dict(line.split("=", 1) for line in entries if re.match(r"\w+=", line))
    jobs = [line.split(maxsplit=6) for line in entries if not re.match(r"\w+=", line)]
    settings["PATH"] = settings["PATH"].replace("/opt/segmentry/bin", str(SEGMENTRY.parent))
    return settings, [(" ".join(job[:5]), job[5], job[6].replace("/srv/segmentry", str(shop.folder))) for job in jobs]


def test_cron_starts_each_command_once_a_day(airflow_programs, shop):
    """By the reading of croniter, which comes with Airflow."""
    _, jobs = cron_lines(shop)
    code = (
        "import sys, datetime, croniter\nfor line in sys.argv[1:]:\n"
        "    times = croniter.croniter(line, datetime.datetime(2026, 11, 28))\n"
        "    print([times.get_next(datetime.datetime).isoformat(' ', 'minutes') for _ in range(2)])"
    )
    python = airflow_programs / "python"
    said = subprocess.run(
        [python, "-c", code, *(when for when, *_ in jobs)], capture_output=True, text=True, check=True
    )
    assert said.stdout.splitlines() == [
        "['2026-11-28 05:15', '2026-11-29 05:15']",
        "['2026-11-28 07:45', '2026-11-29 07:45']",
    ]


def test_cron_mails_what_people_have_to_know_and_nothing_else(shop):
    settings, ((_, user, refresh), (_, same_user, status)) = cron_lines(shop)
    assert user == same_user == "segmentry"
    assert "%" not in refresh + status, "cron ends a command at a percent sign"

    def mail(command):
        environment = {"PYTHONPATH": os.environ.get("PYTHONPATH", ""), "HOME": str(shop.folder), **settings}
        done = subprocess.run(
            [settings["SHELL"], "-c", command], env=environment, cwd="/", check=False, capture_output=True, text=True
        )
        return done.stdout + done.stderr

    assert "There is no run" in mail(status)
    shop.sell_until("2024-10-01")
    assert mail(refresh) == ""
    assert mail(status) == ""
    shop.sell_until("2024-10-08")
    assert mail(refresh) == ""
    first, second = shop.runs()
    said = json.loads((shop.folder / "refresh.json").read_text(encoding="utf-8"))
    assert (said["action"], said["run"]) == ("keep", f"runs/{second.run_id}")
    assert said["refresh"]["moved"]["customers"] == moved(first, second) > 0

    shop.recipe.write_text(shop.recipe.read_text("utf-8") + "refresh: {size_warn: 0.05}\n", encoding="utf-8")
    shop.sell_until("2026")
    warned = mail(refresh)
    *_, third = shop.runs()
    reasons = third.manifest["refresh"]["reasons"]
    assert reasons
    assert all(reason in warned for reason in reasons)
    shop.break_data()
    assert "Error: 'sales.csv' has a header but no rows." in mail(refresh)
    assert len(shop.runs()) == 3


# systemd -----------------------------------------------------------------------------------------------------------


@pytest.fixture(scope="session")
def systemd_analyze(without):
    return shutil.which("systemd-analyze") or without("systemd-analyze")


def unit(name):
    parser = configparser.RawConfigParser(strict=True)
    parser.optionxform = str
    parser.read(SCHEDULERS / "systemd" / name, encoding="utf-8")
    return parser


def test_systemd_takes_every_unit(systemd_analyze, tmp_path):
    for path in UNITS:
        text = path.read_text(encoding="utf-8").replace("/opt/segmentry/bin", str(SEGMENTRY.parent))
        (tmp_path / path.name).write_text(text, encoding="utf-8")
    names = [name.name.replace("@", "@segmentry-refresh") for name in UNITS]
    done = subprocess.run(
        [systemd_analyze, "verify", "--man=no", *names], cwd=tmp_path, check=False, capture_output=True, text=True
    )
    assert (done.returncode, done.stdout + done.stderr) == (0, "")


@pytest.mark.parametrize(
    ("timer", "when"), [("segmentry-refresh.timer", "05:15:00"), ("segmentry-status.timer", "07:45:00")]
)
def test_a_timer_elapses_every_day_and_makes_up_for_a_night_off(systemd_analyze, timer, when):
    settings = unit(timer)["Timer"]
    assert settings["Persistent"] == "true"
    base = ["calendar", "--base-time=2026-11-28 00:00:00", "--iterations=2", settings["OnCalendar"]]
    said = subprocess.run([systemd_analyze, *base], capture_output=True, text=True, check=True).stdout
    assert re.findall(r"(?:elapse|#2): \w+ (\S+ \S+)", said) == [f"2026-11-28 {when}", f"2026-11-29 {when}"]
    assert unit(timer)["Install"]["WantedBy"] == "timers.target"


def test_systemd_tries_again_only_what_may_go_better():
    kinds = [
        kind for kind in vars(errors).values() if isinstance(kind, type) and issubclass(kind, errors.SegmentryError)
    ]
    assert {kind.exit_code for kind in kinds} | {2} == REFUSING
    service = unit("segmentry-refresh.service")["Service"]
    assert set(map(int, service["RestartPreventExitStatus"].split())) == REFUSING
    assert service["Restart"] == "on-failure"


def test_the_commands_of_systemd_do_their_work(shop):
    def start(name):
        settings = unit(name)["Service"]
        assert settings["WorkingDirectory"] == "/srv/segmentry"
        command = shlex.split(settings["ExecStart"].replace("/opt/segmentry/bin", str(SEGMENTRY.parent)))
        return subprocess.run(command, cwd=shop.folder, check=False, capture_output=True, text=True)

    assert start("segmentry-status.service").returncode == 3
    for day in ("2024-10-01", "2024-10-08"):
        shop.sell_until(day)
        assert start("segmentry-refresh.service").returncode == 0
    assert start("segmentry-status.service").returncode == 0
    assert [run.kind for run in shop.runs()] == ["run", "refresh"]
    shop.break_data()
    assert start("segmentry-refresh.service").returncode == 1


def test_what_a_failed_service_said_is_mailed(tmp_path):
    """The hook that both services name, with a journal and a mail program that write down what they are asked."""
    for name in ("segmentry-refresh", "segmentry-status"):
        assert unit(f"{name}.service")["Unit"]["OnFailure"] == "segmentry-failed@%N.service"
    for name, line in (("journalctl", 'echo "the journal of $*"'), ("mail", '{ echo "$*"; cat; } > mailed')):
        (tmp_path / name).write_text(f"#!/bin/sh\n{line}\n", encoding="utf-8")
        (tmp_path / name).chmod(0o755)
    hook = unit("segmentry-failed@.service")["Service"]["ExecStart"]
    command = shlex.split(hook.replace("%i", "segmentry-refresh").replace("%H", "host"))
    path = f"{tmp_path}:{os.environ['PATH']}"
    subprocess.run(command, cwd=tmp_path, env={"PATH": path}, check=True)
    assert (tmp_path / "mailed").read_text(encoding="utf-8").splitlines() == [
        "-s segmentry-refresh failed on host segments@example.org",
        "the journal of --unit=segmentry-refresh.service --lines=40 --no-pager",
    ]
