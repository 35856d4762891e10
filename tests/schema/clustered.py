"""A cluster of one shard in this process: real Distributed tables over real local ones, and no Keeper.

It proves that each statement means on Distributed tables what it means on one machine. It does NOT prove: several
shards or replicas, replication, ON CLUSTER, quorums, deduplication in Keeper.
"""

import re
from collections.abc import Mapping
from typing import Any

from schema.store import Store

NAME = "runvault"
ONE_SHARD = """
  <tcp_port>9000</tcp_port>
  <remote_servers><runvault><shard>
    <internal_replication>true</internal_replication><replica><host>127.0.0.1</host><port>9000</port></replica>
  </shard></runvault></remote_servers>
  <macros><shard>01</shard><replica>one</replica></macros>
  <zookeeper><implementation>testkeeper</implementation><node><host>localhost</host><port>1</port></node></zookeeper>
  <backups><allowed_disk>backups</allowed_disk></backups>
"""
"""A cluster whose one shard is this engine: it asks itself without a network. Its Keeper is one in memory that the
engine has for its own tests: tables are made with it, but not written to. And where backups may go."""

_ENGINE = re.compile(r"Replicated(\w*MergeTree)\('[^']*', '[^']*'(?:, )?")
_WINDOW = re.compile(r"replicated_deduplication_window = (\d+), replicated_deduplication_window_seconds = \d+")


class KeeperlessStore(Store):
    """What needs Keeper is left out of statements that write, and nothing else."""

    def command(self, sql: str, parameters: Mapping[str, Any] | None = None, *, tag: str = "test") -> None:
        """Run a statement that writes."""
        sql = _ENGINE.sub(r"\1(", sql.replace(f" ON CLUSTER '{NAME}'", ""))
        super().command(_WINDOW.sub(r"non_replicated_deduplication_window = \1", sql), parameters, tag=tag)
