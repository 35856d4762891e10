"""What a cluster changes in a statement. There, each of our tables is two: `steps_local` on every shard, which holds
the rows and is replicated, and `steps`, which holds none and asks all shards (schema/cluster_ddl.py makes both).

Reading and inserting name `steps`, on one machine as on a cluster. What only a table with rows can do (drop a
partition, delete, move) names what this file says.
"""

import re
from dataclasses import dataclass
from typing import Any

from schema.errors import ConfigError

_NAME = re.compile(r"^[A-Za-z_][\w-]*$")

CLUSTERED: dict[str, Any] = {
    # an insert is confirmed when its rows lie in their shards, not in a queue on the node that was asked
    "distributed_foreground_insert": 1,
    # ... and on most replicas of each: of two on both, so that it does not matter which of them is read next
    "insert_quorum": "auto",
    # reads and writes meet the same replica of a shard, whichever node is asked, as long as it lives
    "load_balancing": "in_order",
    "prefer_localhost_replica": 0,
    # an IN or JOIN of another table sees all shards: a run and its traces may lie in different ones
    "distributed_product_mode": "global",
    # INSERT … SELECT is worked out once; shard by shard, add_outcome.sql would write a row for each that lacks the run
    "parallel_distributed_insert_select": 0,
    # a trace or a run that is named is asked of its own shard only
    "optimize_skip_unused_shards": 1,
}
"""Settings of every client on a cluster."""


@dataclass(frozen=True, slots=True)
class Cluster:
    """A cluster by its name in the servers' `remote_servers`; without a name, one machine."""

    name: str = ""

    def __post_init__(self) -> None:
        """Raises ConfigError for a name that cannot stand in a statement."""
        if self.name and not _NAME.match(self.name):
            raise ConfigError("store.cluster: expected letters, digits, hyphens and underscores")

    def rows_of(self, table: str) -> str:
        """The table that holds the rows, as each machine's own books name it."""
        return f"{table}_local" if self.name else table

    def altered(self, table: str) -> str:
        """The same in a statement that changes it, on every shard."""
        return f"{table}_local ON CLUSTER '{self.name}'" if self.name else table

    def everywhere(self, books: str) -> str:
        """A table of `system`, of one replica of every shard."""
        return f"cluster('{self.name}', {books})" if self.name else books
