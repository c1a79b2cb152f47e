"""Stage cluster."""
