"""Search every text of every table for some values, in a process of its own (an engine belongs to one process).

python -m tests.apptest.search_store STORE_DIR NEEDLES.json  →  JSON {"table.column": how many cells hold one}
"""

import json
import sys
from pathlib import Path

from schema.store import Store

BATCH = 200  # multiSearchAny takes at most 255 needles


def search_store(directory: str, needles: list[str]) -> dict[str, int]:
    """Cells that hold one of the needles, by table and column."""
    store = Store.open(directory)
    columns = store.query(
        "SELECT table, name FROM system.columns WHERE database = currentDatabase()"
        " AND table IN (SELECT name FROM system.tables WHERE database = currentDatabase() AND engine LIKE '%MergeTree')"
        " AND (type LIKE '%String%')",
        tag="test",
    )
    hits: dict[str, int] = {}
    for column in columns:
        for start in range(0, len(needles), BATCH):
            rows = store.query(
                f"SELECT countIf(multiSearchAny(toString(`{column['name']}`), {{needles:Array(String)}})) AS hits"
                f" FROM {column['table']}",
                {"needles": needles[start : start + BATCH]},
                tag="test",
            )
            if rows[0]["hits"]:
                name = f"{column['table']}.{column['name']}"
                hits[name] = hits.get(name, 0) + rows[0]["hits"]
    store.close()
    return hits


if __name__ == "__main__":
    print(json.dumps(search_store(sys.argv[1], json.loads(Path(sys.argv[2]).read_text()))))
