"""Personal tables of one user, in the process of the test."""

from __future__ import annotations

from pathlib import Path

from datalab_backend.accounts.callers import Caller
from datalab_backend.accounts.service import Accounts
from datalab_backend.catalogues.live import LiveCatalogues
from datalab_backend.catalogues.store import CatalogueStore
from datalab_backend.jobs import query
from datalab_backend.mydb.service import MyDB


class Lab:
    """Personal tables in this process.

    Parameters
    ----------
    data
        The data directory, with `small_sky` in it or not.
    """

    def __init__(self, data: Path) -> None:
        self.data = data
        self.accounts = Accounts(data)
        self.accounts.add("alice")
        self.catalogues = LiveCatalogues(CatalogueStore(data))
        self.mydb = MyDB(data / "users", self.catalogues, self.accounts)

    @property
    def alice(self) -> Caller:
        """A user."""
        user = self.accounts.find("alice")
        assert user is not None
        return user.caller

    def put(self, name: str, content: str, **options: bool) -> None:
        """Import a file."""
        with self.mydb.receiving(self.alice, f"{name}.csv") as path:
            path.write_text(content)
            self.mydb.import_file(self.alice, name, path, **options)

    def keep(self, name: str, sql: str, **options: bool) -> None:
        """Keep the result of a query."""
        now = self.mydb.snapshot(self.alice)
        with query.run(sql, now.tables, now.engine, 10**9) as rows:
            rows.start()
            self.mydb.store(self.alice, name, rows.columns, rows, rows.status, **options)

    def count(self, name: str) -> int:
        """How many rows a query finds in a table."""
        now = self.mydb.snapshot(self.alice)
        with query.run(f"SELECT * FROM mydb.{name}", now.tables, now.engine, 10**9) as rows:
            return sum(batch.num_rows for batch in rows)

    def names(self) -> list[str]:
        """What tables there are."""
        return [one.table.name for one in self.mydb.tables(self.alice)]

    def files(self) -> list[str]:
        """All files of the user."""
        return sorted(str(p) for p in (self.data / "users").rglob("*") if p.is_file())
