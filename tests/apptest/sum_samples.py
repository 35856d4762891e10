"""What a stopped service wrote down of its own health, in a process of its own, since chDB opens one store.

python -m tests.apptest.sum_samples STORE_DIR  →  JSON {"metric" or "metric label": sum of its values}
"""

import json
import sys

from schema.store import Store


def sum_samples(directory: str) -> dict[str, float]:
    """Sums by metric and label."""
    store = Store.open(directory)
    rows = store.query(
        "SELECT trim(concat(Name, ' ', Label)) AS name, sum(Value) AS total FROM health_samples GROUP BY name",
        tag="test",
    )
    store.close()
    return {row["name"]: row["total"] for row in rows}


if __name__ == "__main__":
    print(json.dumps(sum_samples(sys.argv[1])))
