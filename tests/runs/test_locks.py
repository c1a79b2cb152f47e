"""One process at a time refreshes a segmentation; a process that dies lets go."""

import os
import subprocess
import sys
import threading
import time

import pytest

from segmentry.core.errors import Refused
from segmentry.runs import exclusive

HOLD = """
import sys, time
from pathlib import Path
from segmentry.runs import exclusive
with exclusive(Path(sys.argv[1]), sys.argv[2], wait=0):
    print("held", flush=True)
    time.sleep(60)
"""


@pytest.fixture
def holder(tmp_path):
    """Another process that holds the lock of 'shop'."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, str(tmp_path), "shop"], stdout=subprocess.PIPE, text=True)
    assert process.stdout.readline() == "held\n"
    yield process
    process.kill()
    process.wait()
    process.stdout.close()


def test_a_second_refresh_is_refused_and_told_who_holds_it(holder, tmp_path):
    start = time.monotonic()
    with (
        pytest.raises(
            Refused, match=rf"'shop' is being refreshed by process {holder.pid} since 20\d\d-.* UTC"
        ) as error,
        exclusive(tmp_path, "shop", wait=0.3),
    ):
        pass
    assert error.value.exit_code == 3
    assert 0.25 < time.monotonic() - start < 20
    with exclusive(tmp_path, "cards", wait=0):  # another segmentation goes on
        pass


def test_a_killed_process_holds_nothing(holder, tmp_path):
    threading.Timer(0.3, holder.kill).start()
    with exclusive(tmp_path, "shop", wait=30):
        assert f'"pid": {os.getpid()},' in (tmp_path / ".locks" / "shop.json").read_text()
    with exclusive(tmp_path, "shop", wait=0):
        pass


def test_the_lock_is_released_when_the_refresh_fails_and_its_name_may_be_anything(tmp_path):
    for name in ("../up", "a/b", "..", "ä b.c", ""):
        for _ in range(2):
            with pytest.raises(ZeroDivisionError), exclusive(tmp_path, name, wait=0):
                raise ZeroDivisionError
    assert {path.parent for path in tmp_path.rglob("*.lock")} == {tmp_path / ".locks"}
    assert len(list(tmp_path.rglob("*.lock"))) == 5


def test_a_lock_whose_holder_said_nothing_is_refused_too(holder, tmp_path):
    (tmp_path / ".locks" / "shop.json").write_text("{")
    with pytest.raises(Refused, match="by another process"), exclusive(tmp_path, "shop", wait=0):
        pass
