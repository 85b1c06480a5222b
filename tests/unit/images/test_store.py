"""Images in a data directory: all of a collection or none, whatever happens."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.errors import NotFoundError, ServiceError
from datalab_backend.images.image import Image
from datalab_backend.images.service import Images
from datalab_backend.images.store import ImageStore, Progress
from small_images import COLLECTION, make_small_images, write_small_images


def nothing(fraction: float) -> None:
    """Progress that nobody follows."""


def test_what_was_made_is_found_again(tmp_path: Path):
    make_small_images(tmp_path)
    (found,) = ImageStore(tmp_path).collections()
    assert (found.name, [image.band for image in found.images]) == (COLLECTION, ["g", "r", "i"])
    assert found.has_colour
    assert all(image.file.is_file() and image.simulated for image in found.images)


def test_an_unknown_collection_or_band_is_told_with_those_that_there_are(tmp_path: Path):
    make_small_images(tmp_path)
    store = ImageStore(tmp_path)
    with pytest.raises(NotFoundError, match="There are: small"):
        store.collection("large")
    with pytest.raises(NotFoundError, match="It has g, r, i"):
        store.image(COLLECTION, "../g")


def test_what_is_there_is_not_made_again_unless_something_else_would_make_it(tmp_path: Path):
    make_small_images(tmp_path)
    document = tmp_path / "images" / COLLECTION / "collection.json"
    before = document.stat().st_mtime_ns
    make_small_images(tmp_path)
    assert document.stat().st_mtime_ns == before
    make_small_images(tmp_path, "something else")
    assert document.stat().st_mtime_ns != before
    assert ImageStore(tmp_path).collection(COLLECTION).made_by == "something else"


def test_several_that_want_it_at_once_make_it_once(tmp_path: Path):
    made = []

    def maker(directory: Path, progress: Progress) -> tuple[Image, ...]:
        made.append(directory)
        return write_small_images(directory, progress)

    def make(number: int) -> None:
        ImageStore(tmp_path).make(COLLECTION, "all", maker, nothing)

    with ThreadPoolExecutor(4) as pool:
        list(pool.map(make, range(4)))
    assert len(made) == 1


def test_a_maker_that_fails_leaves_the_images_of_before(tmp_path: Path):
    make_small_images(tmp_path)

    def fail(directory: Path, progress: Progress) -> tuple[Image, ...]:
        write_small_images(directory, progress)
        raise OSError(28, "No space left on device")

    with pytest.raises(ServiceError, match="No space left on device"):
        ImageStore(tmp_path).make(COLLECTION, "other", fail, nothing)
    assert ImageStore(tmp_path).collection(COLLECTION).made_by == "the tests"
    assert not list((tmp_path / "images").glob(".making*"))


KILLED = """
import os, signal, sys
from pathlib import Path
from datalab_backend.images.store import ImageStore
from small_images import write_small_images

def killed(directory, progress):
    write_small_images(directory, progress)
    os.kill(os.getpid(), signal.SIGKILL)

ImageStore(Path(sys.argv[1])).make("small", "killed", killed, lambda fraction: None)
"""


def test_a_killed_maker_leaves_nothing_that_is_seen_and_the_next_one_tidies_up(tmp_path: Path):
    path = os.pathsep.join([str(Path(__file__).parents[2]), os.environ.get("PYTHONPATH", "")])
    ended = subprocess.run(
        [sys.executable, "-c", KILLED, str(tmp_path)],
        check=False,
        env={**os.environ, "PYTHONPATH": path},
    )
    assert ended.returncode == -signal.SIGKILL
    assert list((tmp_path / "images").glob(".making*"))
    assert ImageStore(tmp_path).collections() == ()
    make_small_images(tmp_path)
    assert len(ImageStore(tmp_path).collections()) == 1
    assert not list((tmp_path / "images").glob(".making*"))


@pytest.mark.parametrize("damage", ["{", "{}", '{"made_by": "x", "images": [{"band": "g"}]}'])
def test_a_damaged_document_hides_only_its_own_images(tmp_path: Path, damage: str):
    make_small_images(tmp_path)
    other = tmp_path / "images" / "other"
    other.mkdir()
    (other / "collection.json").write_text(damage)
    assert [c.name for c in ImageStore(tmp_path).collections()] == [COLLECTION]


def test_a_document_cannot_name_a_file_elsewhere(tmp_path: Path):
    make_small_images(tmp_path)
    document = tmp_path / "images" / COLLECTION / "collection.json"
    told = json.loads(document.read_text())
    told["images"][0]["file"] = "../../../etc/passwd"
    document.write_text(json.dumps(told))
    image = ImageStore(tmp_path).image(COLLECTION, "g")
    assert image.file == document.parent / "passwd"


def test_a_data_directory_without_a_demo_sky_has_no_images(tmp_path: Path):
    images = Images(CatalogueStore(tmp_path))
    assert images.all() == ()
    assert not (tmp_path / "images").exists()
