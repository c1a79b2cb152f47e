"""Stage charts."""
