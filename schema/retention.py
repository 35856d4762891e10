"""Retention at work: which policy is in force, what is due by it, and letting it go.

A policy in the settings is in force from the first start, or once it was applied. Until then what either keeps is kept.
"""

import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime

from schema.cluster import Cluster
from schema.expiry import Due, expire, find_due
from schema.lifetimes import Horizon, RetentionPolicy, dump_policy, load_policy
from schema.partitions import Partition
from schema.store import Store
from schema.volumes import Cold, adopt_policy, find_cooling, move_to_cold

FIRST_START = "first start"


def read_today() -> date:
    """The UTC day."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class InForce:
    """The policy that was applied last: when, and by whom."""

    policy: RetentionPolicy
    since: datetime
    by: str


class Retention:
    """Retention of one store. Safe to use from several threads; what expires, expires one at a time."""

    def __init__(
        self,
        store: Store,
        policy: RetentionPolicy,
        cold: Cold | None = None,
        read_today: Callable[[], date] = read_today,
    ) -> None:
        self.policy = policy
        self._store = store
        self._cold = cold
        self._today = read_today
        self._in_force: InForce | None = None
        self._working = threading.Lock()

    @property
    def cluster(self) -> Cluster:
        """The cluster that the store is, if it is one."""
        return self._store.cluster

    @property
    def today(self) -> date:
        """The UTC day by which things are judged."""
        return self._today()

    def read_in_force(self, fresh: bool = False) -> InForce:
        """The policy in force; ours from the first start on. `fresh` asks the store again. Raises StoreError."""
        if self._in_force is None or fresh:
            rows = self._store.query(
                "SELECT toUnixTimestamp64Micro(AppliedAt) AS Micros, AppliedBy, Policy FROM retention_policies"
                " ORDER BY AppliedAt DESC LIMIT 1",
                tag="runvault.retention",
            )
            if not rows:
                self._note(FIRST_START)
                return self.read_in_force(True)
            row = rows[0]
            since = datetime.fromtimestamp(int(row["Micros"]) / 1e6, UTC)
            self._in_force = InForce(load_policy(row["Policy"]), since, row["AppliedBy"])
        return self._in_force

    def read_horizon(self) -> Horizon:
        """How far back data is kept now. Raises StoreError."""
        return Horizon((self.read_in_force().policy, self.policy))

    def is_pending(self) -> bool:
        """Whether the settings say something else than what is in force. Raises StoreError."""
        return dump_policy(self.read_in_force().policy) != dump_policy(self.policy)

    def plan(self) -> list[Due]:
        """What would go if the policy of the settings were applied now. Raises StoreError."""
        return list(find_due(self._store, Horizon((self.policy,)), self.today))

    def apply(self, by: str) -> Iterator[Due]:
        """Put the policy of the settings in force and let go what is due by it, one after the other. Raises StoreError.

        Cut off in the middle, the rest goes with the next `expire_due`.
        """
        if self.is_pending():
            self._note(by)
        self.read_in_force(True)
        yield from self.expire_due()

    def expire_due(self) -> Iterator[Due]:
        """Let go what is due, telling each thing when it is gone. Raises StoreError."""
        self.read_in_force(True)
        with self._working:
            for due in find_due(self._store, self.read_horizon(), self.today):
                expire(self._store, due)
                yield due

    def cool(self) -> Iterator[Partition]:
        """Move what is old enough to the cold volume, where there is one. Raises StoreError, ConfigError."""
        if self._cold is None or not self._cold.after_days:
            return
        with self._working:
            adopt_policy(self._store, self._cold)
            for partition in find_cooling(self._store, self._cold, self.today):
                move_to_cold(self._store, partition)
                yield partition

    def _note(self, by: str) -> None:
        self._store.command(
            "INSERT INTO retention_policies SELECT now64(6), {by:String}, {policy:String}",
            {"by": by, "policy": dump_policy(self.policy)},
            tag="runvault.retention",
        )
