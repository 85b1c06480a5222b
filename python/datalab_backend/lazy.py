"""Imports that are too slow for the start of the server."""

from __future__ import annotations

from threading import Lock

importing = Lock()
"""Hold this while importing in a function.

Two threads that import packages with circles in them at the same time, as astropy has, can get at
modules that are only half there.
"""
