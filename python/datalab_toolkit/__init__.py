"""The Data Lab from a notebook: browse catalogues, query them, see their density on the sky.

>>> import datalab_toolkit as dl
>>> dl.tables()
>>> dl.query("SELECT TOP 10 * FROM gaia_dr3.gaia_source_g10")
>>> dl.density("gaia_dr3.gaia_source_g10")

Importing the package reads no file, opens no connection and starts no process.
"""

from __future__ import annotations
