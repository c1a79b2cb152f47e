"""Stage 12, cli. Reads the command line; calls flow; writes to the terminal. One file per command."""

from .app import main, process

__all__ = ["main", "process"]
