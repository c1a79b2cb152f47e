"""*Stage 12: cli.* Reads the command line; calls flow; writes to the terminal. One file per command."""

import gc
import os
import sys
from contextlib import suppress
from typing import NoReturn

# BLAS would start a thread per core, which spin; the products here are small, and the threads are ours.
BLAS_THREADS = "OPENBLAS_NUM_THREADS"
# Names those that are switched off: pydantic would look through every installed package for plugins.
PYDANTIC_PLUGINS = "PYDANTIC_DISABLE_PLUGINS"
# Importing makes hundreds of thousands of objects that stay; looking through them for rubbish is a fifth of start-up.
MANY_OBJECTS = 200_000


def process() -> NoReturn:
    """Run the command line as a process of its own.

    Everything that has to be written or removed is by then; tearing down the engine's memory piece by piece, only to
    give it back to the system, takes another 0.4 s.
    """
    os.environ.setdefault(BLAS_THREADS, "1")
    os.environ.setdefault(PYDANTIC_PLUGINS, "__all__")
    gc.set_threshold(MANY_OBJECTS)
    from .app import main

    code = 0
    try:
        main()
    except SystemExit as stop:
        code = stop.code if isinstance(stop.code, int) else 1
    for stream in (sys.stdout, sys.stderr):
        with suppress(OSError):
            stream.flush()
    os._exit(code)
