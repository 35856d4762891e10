"""ClickHouse's HTTP interface over the embedded engine, read-only and bound to the key's tenant: for Grafana and
notebooks. Imports schema and vault."""
