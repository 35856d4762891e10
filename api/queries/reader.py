"""The one place where a question meets the store, and where it is bound to the caller's tenant and environment.

Nothing else in the API may hold a store to ask it (tests/api/test_bound.py).
"""

from collections.abc import Mapping, Sequence
from datetime import date
from typing import Any

from api.queries.sql import Query
from schema.erasure import Target, count_rows, erase, find_target
from schema.rollup import refresh_runs
from schema.statements import read_query
from schema.store import Store

Row = dict[str, Any]


OF_TENANT = "Tenant = {tenant:String}"
"""What a query says of every table that it reads."""
OF_ENVIRONMENT = f"({OF_TENANT} AND Environment = {{own_environment:String}})"
"""What that becomes for a key that has an environment."""


class TenantReader:
    """Reads the store as one tenant, and as one of its environments if the key names one. What the API may write, it
    writes as that tenant too."""

    def __init__(self, store: Store, tenant: str, environment: str = "") -> None:
        self._store = store
        self.tenant = tenant
        self.environment = environment

    def read_rows(self, query: Query) -> list[Row]:
        """Rows of the query. Raises ValueError for a query that is not bound to a tenant, StoreError otherwise."""
        if OF_TENANT not in query.sql:
            raise ValueError(f"query {query.name} is not bound to a tenant")
        sql, parameters = query.sql, {**query.parameters, "tenant": self.tenant}
        if self.environment:
            sql = sql.replace(OF_TENANT, OF_ENVIRONMENT)
            parameters["own_environment"] = self.environment
        return self._store.query(sql, parameters, tag=f"runvault.api.{query.name}")

    def find_run_days(self, run_id: str) -> list[date]:
        """In which days one of the tenant's runs may lie, whatever its environment; none when that is not known.

        It says where to look, never whether there is something. Raises StoreError.
        """
        parameters = {"tenant": self.tenant, "run_id": run_id}
        rows = self._store.query(read_query("find_run_days"), parameters, tag="runvault.api.run_days")
        return [row["Day"] for row in rows]

    def add_score(self, run_id: str, score: Mapping[str, Any]) -> None:
        """Write a score of one of the tenant's runs, on disk. Raises StoreError, OSError."""
        self._store.command(
            read_query("add_score"), {**score, "run_id": run_id, "tenant": self.tenant}, spares_steps=True
        )
        self._store.sync()

    def add_outcome(self, run_id: str, trace_ids: Sequence[str], outcome: Mapping[str, Any]) -> None:
        """Write what was said of one of the tenant's runs, and renew it, on disk. Raises StoreError, OSError."""
        self._store.command(
            read_query("add_outcome"), {**outcome, "run_id": run_id, "tenant": self.tenant}, spares_steps=True
        )
        refresh_runs(self._store, self.tenant, [run_id], trace_ids)
        self._store.sync()

    def find_target(self, run_id: str, user: str) -> tuple[Target, dict[str, int]]:
        """What an erasure of one of the tenant's runs, or of all runs of a user, takes away, and its rows by table.

        Raises StoreError.
        """
        target = find_target(self._store, self.tenant, self.environment, run_id, user)
        return target, count_rows(self._store, target)

    def erase(self, target: Target) -> None:
        """Erase what `find_target` found. Raises ValueError when it is another tenant's, StoreError."""
        if target.tenant != self.tenant:
            raise ValueError("the target is another tenant's")
        erase(self._store, target)

    def add_glass_event(self, event: Mapping[str, Any]) -> None:
        """Write a step of one of the tenant's requests to open originals. Raises StoreError."""
        self._store.command(read_query("add_break_glass_event"), {**event, "tenant": self.tenant}, spares_steps=True)
        self._store.sync()
