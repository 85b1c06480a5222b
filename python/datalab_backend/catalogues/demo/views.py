"""Tables of the simulated surveys under the names that the real ones have at the Data Lab.

With them the queries of talks and tutorials run as they are printed. Their descriptions say that
what they show is simulated.
"""

from __future__ import annotations

from datalab_backend.catalogues import documents
from datalab_backend.catalogues.documents import StoredTable
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.metadata import Schema, Table

_VIEWS = {
    ("smash_dr1", "object"): "sim_smash.object",
    ("smash_dr1", "source"): "sim_smash.source",
    ("ls_dr3", "tractor"): "sim_ls.tractor",
    ("ls_dr3", "tractor_primary"): "sim_ls.tractor",
}


def make_views(store: CatalogueStore) -> None:
    """Give the simulated surveys the names of the real ones, too.

    A table of such a name that has rows of its own stays as it is.
    """
    with store.writing():
        known = store.tables()
        for (schema, name), other in _VIEWS.items():
            view = Table(schema, name, (), f"Simulated: {other} under the name of the real survey.")
            path = store.document(view)
            if known.find(view.full_name) and not documents.read_table(path).view_of:
                continue
            path.parent.mkdir(exist_ok=True)
            told = f"Simulated: the tables of {other.partition('.')[0]} under this name."
            documents.write_schema(path.with_name("schema.json"), Schema(schema, told))
            documents.write_table(path, StoredTable(view, "", view_of=other))
