"""Where the browser finds Aladin Lite, which draws the sky.

The build puts the unmodified file of the npm package ``aladin-lite``, with its licence (LGPL-3.0 or
later), among the static files of the front end, under a name with a hash in it. The server
extension writes the path of that file into Jupyter's pages, in JupyterLab and in Notebook 7 alike.
Whatever runs in a page reads it there and needs to know neither the hash nor the base URL::

    const config = JSON.parse(document.getElementById('jupyter-config-data').textContent);
    const { default: A } = await import(config.datalabAladin);    // or PageConfig.getOption(…)

Where the option is missing, so is the file: the page is none of Jupyter's, or the front end is not
installed in its server.
"""

from __future__ import annotations

from collections.abc import Iterable
from pathlib import Path

from jupyter_core.paths import jupyter_path
from jupyter_server.utils import url_path_join

# The option of Jupyter's pages with the path of the file on the server.
PAGE_OPTION = "datalabAladin"
STATIC = ("jupyterlab-datalab", "static")


def file_path(directories: Iterable[str | Path] | None = None) -> Path | None:
    """Find the file.

    Parameters
    ----------
    directories
        Where front ends of JupyterLab are, first those that come first; without it, the places of
        this installation.

    Returns
    -------
    pathlib.Path or None
        The module ``aladin.<hash>.js``; its licence is beside it. None where it is not installed.
    """
    for directory in directories or jupyter_path("labextensions"):
        static = Path(directory).joinpath(*STATIC)
        if static.is_dir():
            return next(iter(sorted(static.glob("aladin.*.js"))), None)
    return None


def url_path(base_url: str, directories: Iterable[str | Path] | None = None) -> str | None:
    """Give the path under which a Jupyter server with this base URL serves the file."""
    path = file_path(directories)
    if path is None:
        return None
    return str(url_path_join(base_url, "lab", "extensions", *STATIC, path.name))
