"""Places for statements: so many in all, fewer of one tenant."""

import asyncio

import pytest

from schema.errors import StatementRefused
from sqldoor.slots import IN_ALL, OF_TENANT, Slots


async def hold(slots: Slots, tenant: str, until: asyncio.Event, held: list[str]) -> None:
    async with slots.take(tenant):
        held.append(tenant)
        await until.wait()


def test_a_tenant_has_its_share_and_no_more() -> None:
    async def run() -> None:
        slots, until, held = Slots(patience_s=0.05), asyncio.Event(), list[str]()
        tasks = [asyncio.create_task(hold(slots, "a", until, held)) for _ in range(OF_TENANT)]
        await asyncio.sleep(0)
        with pytest.raises(StatementRefused) as error:
            async with slots.take("a"):
                pass
        assert (error.value.code, held) == (202, ["a"] * OF_TENANT)
        tasks.append(asyncio.create_task(hold(slots, "b", until, held)))
        await asyncio.sleep(0)
        assert len(held) == OF_TENANT + 1 == IN_ALL
        with pytest.raises(StatementRefused):
            async with slots.take("c"):
                pass
        until.set()
        await asyncio.gather(*tasks)
        async with slots.take("a"):
            pass

    asyncio.run(run())


def test_who_waits_gets_the_place_that_is_given_away() -> None:
    async def run() -> None:
        slots, until, held = Slots(patience_s=5), asyncio.Event(), list[str]()
        tasks = [asyncio.create_task(hold(slots, "a", until, held)) for _ in range(OF_TENANT + 1)]
        await asyncio.sleep(0.01)
        assert len(held) == OF_TENANT
        until.set()
        await asyncio.gather(*tasks)
        assert len(held) == OF_TENANT + 1

    asyncio.run(run())
