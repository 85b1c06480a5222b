"""PostgreSQL with q3c, as Data Labs run it: a server of its own in a temporary directory."""

from __future__ import annotations

import os
import shutil
import subprocess
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import psycopg
import pyarrow as pa
import pyarrow.csv as pacsv

BIN = next(iter(sorted(Path("/usr/lib/postgresql").glob("*/bin"), reverse=True)), Path("/none"))
SETTINGS = {
    "shared_buffers": "4GB",
    "work_mem": "512MB",
    "maintenance_work_mem": "2GB",
    "effective_cache_size": "12GB",
    "max_parallel_workers_per_gather": "2",
    "max_wal_size": "16GB",
    "wal_level": "minimal",
    "max_wal_senders": "0",
    "fsync": "off",
    "random_page_cost": "1.1",
    "listen_addresses": "",
    "jit": "off",
}
_TYPES = {"int64": "bigint", "int32": "integer", "int16": "smallint", "double": "float8"}


class Postgres:
    """A connection to the server."""

    name = "PostgreSQL + q3c"

    def __init__(self, connection: psycopg.Connection) -> None:
        self._connection = connection
        connection.autocommit = True

    def ask(self, text: str) -> int:
        """Run a query and wait for all its rows, which stay as they came; how many they are."""
        with self._connection.cursor(binary=True) as cursor:
            cursor.execute(text.encode())
            return cursor.rowcount

    def load(self, name: str, rows: pa.RecordBatchReader) -> None:
        """Make a table of rows."""
        fields = ", ".join(
            f'"{f.name}" {_TYPES.get(str(f.type), "text" if f.type == pa.string() else "float4")}'
            for f in rows.schema
        )
        columns = ", ".join(f'"{name}"' for name in rows.schema.names)
        options = pacsv.WriteOptions(include_header=False)
        with self._connection.transaction(), self._connection.cursor() as cursor:
            cursor.execute(f"CREATE TABLE {name} ({fields})")
            with cursor.copy(f"COPY {name} ({columns}) FROM STDIN (FORMAT csv)") as copy:
                for batch in rows:
                    buffer = pa.BufferOutputStream()
                    pacsv.write_csv(batch, buffer, options)
                    copy.write(buffer.getvalue().to_pybytes())

    def index(self, name: str, columns: tuple[str, ...]) -> None:
        """Index a table as Data Labs do, put it in the order of the sky, gather statistics."""
        self.ask(f"CREATE INDEX {name}_q3c ON {name} (q3c_ang2ipix(ra, dec))")
        self.ask(f"CLUSTER {name} USING {name}_q3c")
        for column in columns:
            self.ask(f"CREATE INDEX ON {name} ({column})")
        self.ask(f"VACUUM ANALYZE {name}")


@contextmanager
def serving() -> Iterator[Postgres]:
    """Run a server until the block ends; as the user postgres when this process is root."""
    folder = Path(tempfile.mkdtemp(prefix="datalab-postgres-"))
    try:
        as_user: list[str] = []
        if os.geteuid() == 0:
            as_user = ["runuser", "-u", "postgres", "--"]
            shutil.chown(folder, "postgres")
        data = folder / "data"
        make = [*as_user, BIN / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--no-sync"]
        subprocess.run(make, check=True, stdout=subprocess.DEVNULL, cwd=folder)
        settings = [part for key, value in SETTINGS.items() for part in ("-c", f"{key}={value}")]
        command = [*as_user, BIN / "postgres", "-D", data, "-k", folder, *settings]
        with (folder / "log").open("w") as log:
            process = subprocess.Popen(command, stdout=log, stderr=log, cwd=folder)
        try:
            with _connected(folder) as connection:
                connection.execute("CREATE EXTENSION q3c")
                yield Postgres(connection)
        finally:
            process.terminate()
            process.wait()
    finally:
        shutil.rmtree(folder, ignore_errors=True)


def _connected(folder: Path) -> psycopg.Connection:
    for _ in range(100):
        try:
            return psycopg.connect(host=str(folder), user="postgres", autocommit=True)
        except psycopg.OperationalError:
            time.sleep(0.1)
    raise RuntimeError(f"PostgreSQL did not start; see {folder / 'log'}.")
