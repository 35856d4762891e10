"""From settings to the SQL port."""

from collector import metrics
from runvault.build_vault import build_key_ring
from runvault.settings import Settings
from schema.guest_policies import guest_config
from schema.guests import Guests
from sqldoor.app import Door
from vault.audit import AuditTrail


def build_door(settings: Settings, trail: AuditTrail) -> Door:
    """The application behind the SQL port, over the store that this process has open. Raises StoreError when the engine
    would not bind guests to their tenant."""
    guests = Guests(settings.store_location, guest_config(settings.data_dir / "sql"))
    guests.check_bound()
    return Door(guests, build_key_ring(settings), trail, lambda result: metrics.sql_statements.labels(result).inc())
