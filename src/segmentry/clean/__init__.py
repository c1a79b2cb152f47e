"""Stage clean."""
