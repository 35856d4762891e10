"""Merge every table of a store to its last form, in a process of its own (an engine belongs to one process).

python -m tests.apptest.optimize_store STORE_DIR  →  how many tables
"""

import sys

from schema.store import Store


def optimize_store(directory: str) -> int:
    """OPTIMIZE … FINAL every table that merges."""
    store = Store.open(directory)
    tables = store.query(
        "SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree'", tag="test"
    )
    for table in tables:
        store.command(f"OPTIMIZE TABLE {table['name']} FINAL")
    store.close()
    return len(tables)


if __name__ == "__main__":
    print(optimize_store(sys.argv[1]))
