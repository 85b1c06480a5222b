"""Thin HTTP routes over the rest of the backend."""
