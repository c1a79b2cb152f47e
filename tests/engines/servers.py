"""Real servers for tests: a PostgreSQL, and a Spark cluster of a master and two workers, on this machine only."""

from __future__ import annotations

import os
import pwd
import shutil
import socket
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

PASSWORD = "s3cret/pass word"  # of the server's only user; it needs quoting in a URL
WORKERS = 2
WORKER_MEMORY = "1200m"
QUICK_START = "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"  # tests are over before a better compiler would pay


def postgres_programs() -> Path | None:
    """Return the folder of PostgreSQL's server programs, the newest where there are several."""
    if found := shutil.which("initdb"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"), key=lambda path: int(path.parts[-3]))
    return folders[-1].parent if folders else None


def has_spark() -> bool:
    """Whether a Java and Spark's own programs are here."""
    try:
        import pyspark  # noqa: F401
    except ImportError:
        return False
    return shutil.which("java") is not None


@contextmanager
def postgres() -> Iterator[int]:
    """Start a PostgreSQL that listens on 127.0.0.1 only, with the user ``segmentry``; give its port and stop it."""
    programs = postgres_programs()
    assert programs is not None
    user = _server_user()
    with tempfile.TemporaryDirectory(prefix="segmentry-postgres-", ignore_cleanup_errors=True) as name:
        folder = Path(name)
        secret = folder / "password"
        secret.write_text(PASSWORD, encoding="utf-8")
        if user:
            for path in (folder, secret):
                shutil.chown(path, user)
        data, port = folder / "data", free_port()
        settings = ["--username=segmentry", "--auth=scram-sha-256", "--encoding=UTF8", "--locale=C.UTF-8", "--no-sync"]
        initialise = [programs / "initdb", *settings, f"--pwfile={secret}", f"--pgdata={data}"]
        subprocess.run(initialise, check=True, user=user, cwd=folder, capture_output=True)
        # What is lost in a crash of the machine does not matter here.
        options = {"port": port, "listen_addresses": "127.0.0.1", "unix_socket_directories": folder, "fsync": "off"}
        arguments = [part for key, value in options.items() for part in ("-c", f"{key}={value}")]
        log = folder / "log"
        with log.open("w") as output:
            server = subprocess.Popen(
                [programs / "postgres", "-D", data, *arguments], stdout=output, stderr=output, user=user, cwd=folder
            )
        try:
            _wait_for(port, server, log)
            yield port
        finally:
            _stop(server)


@contextmanager
def spark_cluster(*, memory: str = WORKER_MEMORY) -> Iterator[str]:
    """Start a Spark master and its two workers on 127.0.0.1, with *memory* each; give the master's address and stop
    them.
    """
    with (
        tempfile.TemporaryDirectory(prefix="segmentry-spark-", ignore_cleanup_errors=True) as name,
        ExitStack() as stack,
    ):
        folder = Path(name)
        port = free_port()
        master = f"spark://127.0.0.1:{port}"
        own = ["--host", "127.0.0.1", "--port", str(port), "--webui-port", "0"]
        started = [_spark_daemon("org.apache.spark.deploy.master.Master", own, folder / "master")]
        for number in range(WORKERS):  # workers ask again until the master is there
            here = folder / f"worker-{number}"
            own = ["--host", "127.0.0.1", "--webui-port", "0", "--cores", "1", "--memory", memory, "--work-dir"]
            started.append(
                _spark_daemon("org.apache.spark.deploy.worker.Worker", [*own, str(here / "work"), master], here)
            )
        for process, _ in started:
            stack.callback(_stop, process)
        _wait_for(port, *started[0])
        for process, log in started[1:]:
            _wait_for_words("Successfully registered with master", process, log)
        yield master


def _spark_daemon(main: str, arguments: list[str], folder: Path) -> tuple[subprocess.Popen[bytes], Path]:
    import pyspark

    home = Path(pyspark.__file__).parent
    folder.mkdir()
    log = folder / "log"
    own = {
        "SPARK_HOME": str(home),
        "SPARK_DAEMON_MEMORY": "256m",
        "SPARK_DAEMON_JAVA_OPTS": QUICK_START,
        "SPARK_LOCAL_IP": "127.0.0.1",
    }
    with log.open("w") as output:
        process = subprocess.Popen(
            [home / "bin" / "spark-class", main, *arguments],
            stdout=output, stderr=output, env=os.environ | own | {"SPARK_LOCAL_DIRS": str(folder)}, cwd=folder,
        )  # fmt: skip
    return process, log


def free_port() -> int:
    """Return a port of 127.0.0.1 that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def _server_user() -> str | None:
    """Return the user the server runs as: PostgreSQL refuses to run as root."""
    if os.getuid() != 0:
        return None
    known = {entry.pw_name for entry in pwd.getpwall()}
    return next(name for name in ("postgres", "nobody") if name in known)


def _wait_for(port: int, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60) -> None:
    """Wait until *process* listens on *port*."""
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        with socket.socket() as probe:
            if probe.connect_ex(("127.0.0.1", port)) == 0:
                return
        time.sleep(0.05)
    raise RuntimeError(f"the server did not start: {log.read_text(errors='replace')[-2000:]}")


def _wait_for_words(words: str, process: subprocess.Popen[bytes], log: Path, *, seconds: float = 60) -> None:
    until = time.monotonic() + seconds
    while time.monotonic() < until and process.poll() is None:
        if words in log.read_text(errors="replace"):
            return
        time.sleep(0.05)
    raise RuntimeError(f"no {words!r}: {log.read_text(errors='replace')[-2000:]}")


def _stop(process: subprocess.Popen[bytes]) -> None:
    process.terminate()
    try:
        process.wait(timeout=20)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
