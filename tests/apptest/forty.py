"""Forty runs of three agents' versions, whose outcomes come late, are corrected and contradict each other.

Each kind of run is written down once, with what it costs worked out beside it. A model token costs 10 USD a million
(tests/apptest/test_forty_runs.py has the price file), `pay` 0.05 USD a call, an hour of review 12 USD.
"""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.collector.otlp_requests import SpanOf, make_id

SETTINGS = """
[costs]
review_usd_per_hour = 12
price_file = "{prices}"
[tool_prices]
pay = 0.05
[outcome_statuses]
resolved = "success"
bounced = "failure"
[budgets]
refunds = {{ usd = 0.25, tool_calls = 2 }}
support = {{ usd = 1, steps = 6, tokens = 60_000 }}
"""
PRICES = '[[price]]\nmodel = "house-1"\ninput = 10\noutput = 0\n'

DAY1, DAY2, DAY3 = (f"2026-11-0{day}T12:00:00Z" for day in (2, 3, 4))
EARLY = "2026-10-31T12:00:00Z"
Post = Mapping[str, Any]


@dataclass(frozen=True)
class Kind:
    """So many runs of one kind: what each does, claims, and what is said of it afterwards, in the order of posting."""

    letter: str
    count: int
    workflow: str
    version: str
    calls: tuple[int, ...]
    """Input tokens of each model call."""
    pays: int = 0
    review_minutes: float = 0
    claims: str = ""
    fails: bool = False
    said: tuple[Post, ...] = ()
    traces: int = 1


# cost of one run in USD: tokens / 100,000 + pays * 0.05 + minutes * 0.20
KINDS = (
    # 0.10 + 0.05 = 0.15; what it claims stands
    Kind("A", 4, "refunds", "v1", (10_000,), pays=1, claims="success"),
    # 0.20 + 0.10 = 0.30, over 0.25; claims success, and a day later finance knows better
    Kind("B", 3, "refunds", "v1", (20_000,), pays=2, claims="success",
         said=({"status": "failure", "source": "finance", "at": DAY1, "reason": "charged back"},)),
    # 0.05; failure is said, and corrected the day after
    Kind("C", 2, "refunds", "v1", (5_000,), claims="success",
         said=({"status": "failure", "at": DAY1}, {"status": "success", "at": DAY2})),
    # 0.05; the older word is posted after the newer one
    Kind("D", 2, "refunds", "v1", (5_000,), claims="success",
         said=({"status": "Resolved", "at": DAY2}, {"status": "bounced", "at": DAY1})),
    # 0.05; claims nothing and ends in an error
    Kind("E", 1, "refunds", "v1", (5_000,), fails=True),
    # 0.10; claims it in the application's own word
    Kind("F", 5, "refunds", "v2", (10_000,), claims="Resolved"),
    # 0.05 + 0.15 = 0.20; three calls of tools where two are allowed
    Kind("G", 2, "refunds", "v2", (5_000,), pays=3, claims="success"),
    # 0.05 + 0.20 = 0.25: not over the budget
    Kind("H", 2, "refunds", "v2", (5_000,), review_minutes=1, claims="escalated"),
    # 0.10; two say otherwise of the same moment: who was recorded later stands
    Kind("I", 2, "refunds", "v2", (10_000,), claims="success",
         said=({"status": "failure", "source": "finance", "at": DAY1},
               {"status": "success", "source": "desk", "at": DAY1})),
    # 0.05; what was said before the run ended does not outlive its own claim
    Kind("J", 1, "refunds", "v2", (5_000,), claims="success", said=({"status": "cancelled", "at": EARLY},)),
    # 0.02
    Kind("K", 6, "support", "v1", (2_000,), claims="deflected"),
    # 0.03; nobody ever says
    Kind("L", 4, "support", "v1", (3_000,)),
    # 0.04 in two traces; said three days later
    Kind("M", 3, "support", "v1", (2_000, 2_000), traces=2, said=({"status": "success", "at": DAY3, "value_usd": 5},)),
    # 0.70 of 1 USD, but eight steps where six are allowed, and 70,000 tokens where 60,000 are
    Kind("N", 1, "support", "v1", (10_000,) * 7, claims="failure"),
    # 0.05; a word that nobody mapped is kept
    Kind("O", 2, "support", "v1", (5_000,), claims="parked"),
)  # fmt: skip


def name_run(kind: Kind, number: int) -> str:
    """The run's id: its first trace's, or what it says."""
    return f"{kind.letter}-{number}" if kind.traces > 1 else make_id(f"{kind.letter}{number}", 32)


def list_runs() -> Iterator[tuple[Kind, int]]:
    """Every run of every kind."""
    for kind in KINDS:
        for number in range(kind.count):
            yield kind, number


def build_spans(kind: Kind, number: int) -> Iterator[SpanOf]:
    """A run's spans: a root that repeats the sum of its model calls, the calls, and the payments, second by second."""
    for part in range(kind.traces):
        trace = f"{kind.letter}{number}" + (f".{part}" if part else "")
        calls = kind.calls[part :: kind.traces]
        root: dict[str, Any] = {
            "gen_ai.operation.name": "invoke_agent", "gen_ai.agent.name": kind.workflow,
            "gen_ai.usage.input_tokens": sum(calls), "runvault.workflow.name": kind.workflow,
            "runvault.workflow.version": kind.version,
        }  # fmt: skip
        root |= {"runvault.outcome.status": kind.claims} if kind.claims else {}
        root |= {"runvault.run.id": f"{kind.letter}-{number}"} if kind.traces > 1 else {}
        yield SpanOf(trace, "root", root, start=part * 100, seconds=50, status=2 if kind.fails else 0)
        second = part * 100 + 1
        for place, tokens in enumerate(calls):
            call = {"gen_ai.operation.name": "chat", "gen_ai.response.model": "house-1",
                    "gen_ai.usage.input_tokens": tokens, "gen_ai.usage.output_tokens": 0}  # fmt: skip
            yield SpanOf(trace, f"call {place}", call, "root", second)
            second += 1
        for place in range(kind.pays):
            tool = {"gen_ai.operation.name": "execute_tool", "gen_ai.tool.name": "pay",
                    "gen_ai.tool.call.arguments": f'{{"n":{place}}}'}  # fmt: skip
            yield SpanOf(trace, f"pay {place}", tool, "root", second)
            second += 1
        if kind.review_minutes:
            yield SpanOf(trace, "review", {"runvault.review.minutes": kind.review_minutes}, "root", second)
