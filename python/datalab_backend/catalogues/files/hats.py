"""HATS folders: Parquet files by HEALPix tile, with their properties (IVOA Note HATS 1.0)."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from datalab_backend.catalogues.files.source import Source
from datalab_backend.errors import UsageError

_PROPERTIES = ("hats.properties", "properties")
_COLLECTION = "collection.properties"


def catalogue(folder: Path) -> Path | None:
    """The HATS catalogue that a folder is, or the main one of a collection; None without one.

    A collection, as LSDB writes it, also has folders with margins and indexes, whose rows are those
    of the catalogue once more.

    Raises
    ------
    UsageError
        When the catalogue of a collection is not there.
    """
    if (folder / _COLLECTION).is_file():
        name = _read(folder / _COLLECTION).get("hats_primary_table_url", "")
        main = folder / name
        if not (name and _is_catalogue(main)):
            raise UsageError(
                f"{folder} is a HATS collection without its catalogue, {name or 'which it names'}.",
                f"Copy the whole folder, or correct its {_COLLECTION}.",
            )
        return main
    return folder if _is_catalogue(folder) else None


def _is_catalogue(folder: Path) -> bool:
    return (folder / "dataset").is_dir() and any((folder / n).is_file() for n in _PROPERTIES)


def files(folder: Path) -> list[Path]:
    """The Parquet files with the rows."""
    found = sorted((folder / "dataset").glob("Norder=*/**/*.parquet"))
    if not found:
        raise UsageError(
            f"{folder} is a HATS folder without rows.", "Look for Norder=* below its dataset."
        )
    return found


def properties(folder: Path) -> dict[str, str]:
    """What the folder says of its catalogue."""
    return _read(next(folder / name for name in _PROPERTIES if (folder / name).is_file()))


def _read(path: Path) -> dict[str, str]:
    pairs = (line.partition("=") for line in path.read_text(encoding="utf-8").splitlines())
    return {k.strip(): v.strip() for k, _, v in pairs if k.strip() and not k.startswith("#")}


def of_folder(source: Source, told: dict[str, str] | None) -> Source:
    """A file of a HATS folder, with what the folder says; any other file as it is."""
    if told is None:
        return source
    ra, dec = told.get("hats_col_ra"), told.get("hats_col_dec")
    return replace(
        source,
        description=told.get("obs_description", "") or told.get("obs_title", ""),
        credit=told.get("obs_copyright", ""),
        position=(ra, dec) if ra and dec else None,
    )
