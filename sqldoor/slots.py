"""How many statements run at once: so many in all, and fewer of one tenant, so that one cannot keep out the others."""

import asyncio
from collections import Counter
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

from schema.errors import StatementRefused

IN_ALL = 4
OF_TENANT = 3
PATIENCE_S = 30.0


class Slots:
    """Places for statements. For one event loop."""

    def __init__(self, patience_s: float = PATIENCE_S) -> None:
        self._patience_s = patience_s
        self._taken: Counter[str] = Counter()
        self._changed = asyncio.Condition()

    @asynccontextmanager
    async def take(self, tenant: str) -> AsyncIterator[None]:
        """A place while the block runs. Raises StatementRefused when none is free in time."""
        async with self._changed:
            try:
                async with asyncio.timeout(self._patience_s):
                    await self._changed.wait_for(lambda: self._is_free(tenant))
            except TimeoutError:
                text = "too many statements run already; try again"
                raise StatementRefused(text, 202, "TOO_MANY_SIMULTANEOUS_QUERIES") from None
            self._taken[tenant] += 1
        try:
            yield
        finally:
            self._taken[tenant] -= 1
            async with self._changed:
                self._changed.notify_all()

    def _is_free(self, tenant: str) -> bool:
        return self._taken.total() < IN_ALL and self._taken[tenant] < OF_TENANT
