"""The images that a Data Lab has; those of its demo sky are rendered when they are first wanted."""

from __future__ import annotations

from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.images.image import Collection, Image
from datalab_backend.images.store import ImageStore
from datalab_backend.lazy import importing

_DEMO_TABLE, _DEMO_COLLECTION = "sim_smash.object", "sim_smash"


class Images:
    """What `ImageStore` has; where the demo sky's catalogue is, its image is, too.

    Parameters
    ----------
    catalogues
        The catalogues of the same data directory.
    """

    def __init__(self, catalogues: CatalogueStore) -> None:
        self.store = ImageStore(catalogues.data)
        self._catalogues = catalogues

    def present(self) -> tuple[Collection, ...]:
        """The collections that are there; none is made."""
        return self.store.collections()

    def all(self) -> tuple[Collection, ...]:
        """All collections."""
        self._complete()
        return self.store.collections()

    def collection(self, name: str) -> Collection:
        """One collection, or a `NotFoundError`."""
        self._complete()
        return self.store.collection(name)

    def image(self, collection: str, band: str) -> Image:
        """One image, or a `NotFoundError`."""
        self._complete()
        return self.store.image(collection, band)

    def _complete(self) -> None:
        """Render the demo sky's field in a data directory that had no images when it was made."""
        if any(c.name == _DEMO_COLLECTION for c in self.store.collections()):
            return
        if self._catalogues.tables().find(_DEMO_TABLE) is None:
            return
        with importing:
            from datalab_backend.images.deepfield.files import make_field

        make_field(self.store, lambda fraction: None)
