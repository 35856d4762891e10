"""Which rows of a batch are too old to be stored: what has expired must not come back with a late or repeated span."""

from dataclasses import dataclass, field
from datetime import UTC, date, datetime
from typing import Any

import polars as pl
import pyarrow as pa
import pyarrow.compute as pc

from schema.classes import DataClass
from schema.lifetimes import Horizon, read_age_day

_OWNER = ("Tenant", "Environment", "RetentionClass", "Day")


def read_today() -> date:
    """The UTC day."""
    return datetime.now(UTC).date()


@dataclass(frozen=True, slots=True)
class Ages:
    """What is kept, as of a day. Without a policy everything is."""

    horizon: Horizon = field(default_factory=Horizon)
    today: date = field(default_factory=read_today)

    def drop_expired(self, rows: pa.Table, data_class: DataClass) -> pa.Table:
        """The rows that are still kept in a class."""
        expired = self.find_expired(rows, data_class)
        return rows if expired is None else rows.filter(pc.invert(expired))

    def find_expired(self, rows: pa.Table, data_class: DataClass) -> pa.Array | None:
        """Which rows are past their lifetime in a class; None when no row is."""
        if not rows.num_rows or pc.min(rows["Day"]).as_py() >= self.horizon.first_due(data_class, self.today):
            return None
        frame = pl.from_arrow(rows.select(_OWNER))
        assert isinstance(frame, pl.DataFrame)
        kinds = frame.unique()
        expired = [self._is_expired(kind, data_class) for kind in kinds.select(_OWNER).iter_rows()]
        if not any(expired):
            return None
        kinds = kinds.with_columns(expired=pl.Series(expired, dtype=pl.Boolean))
        return frame.join(kinds, on=_OWNER, how="left", maintain_order="left")["expired"].to_arrow()

    def _is_expired(self, kind: tuple[Any, ...], data_class: DataClass) -> bool:
        tenant, environment, lane, day = kind
        return read_age_day(day, lane, self.today) < self.horizon.first_day(tenant, environment, data_class, self.today)
