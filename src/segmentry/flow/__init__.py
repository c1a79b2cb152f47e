"""Stage flow."""
