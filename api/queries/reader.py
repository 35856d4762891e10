"""The one place where a query meets the store, and where it is bound to the caller's tenant."""

from typing import Any

from api.queries.sql import Query
from schema.store import Store

Row = dict[str, Any]


class TenantReader:
    """Reads the store as one tenant."""

    def __init__(self, store: Store, tenant: str) -> None:
        self._store = store
        self.tenant = tenant

    def read_rows(self, query: Query) -> list[Row]:
        """Rows of the query. Raises ValueError for a query that is not bound to a tenant, StoreError otherwise."""
        if "Tenant = {tenant:String}" not in query.sql:
            raise ValueError(f"query {query.name} is not bound to a tenant")
        parameters = {**query.parameters, "tenant": self.tenant}
        return self._store.query(query.sql, parameters, tag=f"runvault.api.{query.name}")
