"""What a request may say: query parameters and bodies, each with its limits. Unknown names are refused."""

from decimal import Decimal
from typing import Annotated, Literal

from pydantic import BaseModel, BeforeValidator, ConfigDict, Field, field_validator, model_validator

from api.times import parse_time

CostGroup = Literal["workflow", "version", "agent", "model", "tenant", "environment", "user"]
LatencyGroup = Literal["workflow", "version", "agent", "model", "tool", "step_type", "provider"]
FleetGroup = Literal["workflow", "version", "agent", "environment"]
Interval = Literal["minute", "hour", "day", "week"]
STEP_ONLY_GROUPS = frozenset({"step_type", "provider"})
STEP_GROUPS = frozenset({"model", "tool"}) | STEP_ONLY_GROUPS

RUN_LATENCY_FILTERS = ("since", "until", "workflow", "version", "agent", "environment", "model", "tool")

MAX_PAGE = 500
MAX_GROUPS = 5000
MAX_EXPORT = 5000

Name = Annotated[str, Field(max_length=1024)]
Names = Annotated[list[Name], Field(max_length=100)]


def _read_time(value: object) -> object:
    if isinstance(value, str):
        return parse_time(value)
    raise ValueError("must be an RFC 3339 time")


def _split_names(value: object) -> object:
    if not isinstance(value, list):
        return value
    parts = [part.strip() for text in value for part in str(text).split(",")]
    return list(dict.fromkeys(part for part in parts if part))


Nanos = Annotated[int, BeforeValidator(_read_time)]


class Strict(BaseModel):
    """A closed, frozen set of fields."""

    model_config = ConfigDict(extra="forbid", frozen=True)


class Period(Strict):
    """From `since` (inclusive) until `until` (exclusive), RFC 3339."""

    since: Nanos | None = None
    until: Nanos | None = None


class RunFilters(Period):
    """Which runs. A name given several times means any of them; different filters must all hold.

    `side_effect` is `type:id`, a type or an id. `q` is looked for in ids, names, models, tools and the outcome's
    reason, upper and lower case alike.
    """

    workflow: Names = []
    version: Names = []
    agent: Names = []
    environment: Names = []
    outcome: Names = []
    model: Names = []
    tool: Names = []
    user: Names = []
    side_effect: Names = []
    min_cost_usd: Annotated[Decimal, Field(ge=0, max_digits=26, decimal_places=12)] | None = None
    q: Name | None = None


class RunListQuery(RunFilters):
    """A page of runs."""

    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] | None = None
    cursor: Annotated[str, Field(max_length=4096)] | None = None


class GroupPage(Strict):
    """A page of groups."""

    limit: Annotated[int, Field(ge=1, le=MAX_GROUPS)] | None = None
    cursor: Annotated[str, Field(max_length=4096)] | None = None


class Series(GroupPage):
    """Groups, over time when an interval is named: one group per interval (UTC, weeks from Monday), oldest first."""

    interval: Interval | None = None


class CostQuery(RunFilters, Series):
    """Cost per outcome of the runs that the filters choose."""

    group_by: Annotated[list[CostGroup], BeforeValidator(_split_names)] = []


class FleetQuery(RunFilters, Series):
    """Reliability, coverage or budgets of the runs that the filters choose."""

    group_by: Annotated[list[FleetGroup], BeforeValidator(_split_names)] = []


class Side(Strict):
    """One side of a comparison: the runs of a version, or those that called a model."""

    by: Literal["version", "model"]
    name: Name


def _read_side(value: object) -> object:
    by, separator, name = str(value).partition("=")
    if not separator or by not in ("version", "model"):
        raise ValueError("must be version=NAME or model=NAME")
    return Side(by="version" if by == "version" else "model", name=name)


class CompareQuery(RunFilters):
    """Two sides, and the runs among which they are looked for."""

    baseline: Annotated[Side, BeforeValidator(_read_side)]
    candidate: Annotated[Side, BeforeValidator(_read_side)]
    threshold: Annotated[float, Field(gt=0, le=10)] = 0.10


class LatencyQuery(Period, Series):
    """Latency of runs or steps. Without `of`, grouping by a property of steps means steps, else runs."""

    of: Literal["run", "step"] | None = None
    group_by: Annotated[list[LatencyGroup], BeforeValidator(_split_names)] = []
    workflow: Names = []
    version: Names = []
    agent: Names = []
    environment: Names = []
    model: Names = []
    tool: Names = []

    @property
    def counts_steps(self) -> bool:
        """Whether steps are counted rather than runs."""
        return self.of == "step" or (self.of is None and bool(STEP_GROUPS & set(self.group_by)))

    def chooses_by(self) -> set[str]:
        """Names of the filters that are set, the period's among them."""
        return {name for name in RUN_LATENCY_FILTERS if getattr(self, name) not in (None, [])}


class StepFilters(Period):
    """Which steps."""

    workflow: Names = []
    version: Names = []
    agent: Names = []
    environment: Names = []
    model: Names = []


class UnpricedQuery(StepFilters):
    """Models without a price, in the steps that the filters choose, and how many models at most."""

    limit: Annotated[int, Field(ge=1, le=1000)] = 100


class RedactionQuery(StepFilters, Series):
    """What the redactor did to the spans that the filters choose: in all, or by group and over time."""

    group_by: Annotated[list[FleetGroup], BeforeValidator(_split_names)] = []

    @property
    def is_split(self) -> bool:
        """Whether several rows are asked for."""
        return bool(self.group_by or self.interval)


class ReplayQuery(Strict):
    """The form of a replay; without it the Accept header decides."""

    format: Literal["json", "jsonl"] | None = None


class ScoreIn(Strict):
    """A score given after the fact: a value, a label or both."""

    name: Annotated[str, Field(min_length=1, max_length=256)]
    value: Annotated[float, Field(allow_inf_nan=False)] | None = None
    label: Annotated[str, Field(max_length=256)] | None = None
    explanation: Annotated[str, Field(max_length=4096)] | None = None
    source: Annotated[str, Field(max_length=256)] | None = None

    @model_validator(mode="after")
    def _need_something(self) -> "ScoreIn":
        if self.value is None and not self.label:
            raise ValueError("a value or a label is needed")
        return self


class RepricePeriod(Strict):
    """Calls that began from `since` (inclusive) until `until` (exclusive)."""

    since: Nanos
    until: Nanos | None = None


class RepriceIn(RepricePeriod):
    """Which part of the calls of a period to price anew, as `GET` said how many there are; a dry run unless `apply`."""

    part: Annotated[int, Field(ge=0)] = 0
    parts: Annotated[int, Field(ge=1, le=1_000_000)] = 1
    apply: bool = False

    @model_validator(mode="after")
    def _need_a_part(self) -> "RepriceIn":
        if self.part >= self.parts:
            raise ValueError("part must be less than parts")
        return self


class AuditQuery(Period):
    """Entries of the audit trail. A name given several times means any of them."""

    action: Names = []
    key_id: Names = []
    object: Names = []
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] | None = None
    cursor: Annotated[str, Field(max_length=4096)] | None = None


class AuditExportQuery(Strict):
    """A page of an export."""

    limit: Annotated[int, Field(ge=1, le=MAX_EXPORT)] = MAX_EXPORT
    cursor: Annotated[str, Field(max_length=4096)] | None = None


class OutcomeIn(Strict):
    """An outcome said after the fact. Without `at` it is now."""

    status: Annotated[str, Field(pattern=r"^[A-Za-z][A-Za-z0-9_.-]{0,63}$")]
    reason: Annotated[str, Field(max_length=4096)] | None = None
    source: Annotated[str, Field(max_length=256)] | None = None
    at: Nanos | None = None
    value_usd: Annotated[float, Field(allow_inf_nan=False)] | None = None

    @field_validator("status")
    @classmethod
    def _lower_status(cls, value: str) -> str:
        return value.lower()


class ApplyIn(Strict):
    """Whether only to say what would go."""

    dry_run: bool = False


class EraseIn(Strict):
    """A run by its id, or a user by the token that answers show; and whether only to say what would go."""

    run_id: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    user: Annotated[str, Field(min_length=1, max_length=1024)] | None = None
    dry_run: bool = False

    @model_validator(mode="after")
    def _name_one(self) -> "EraseIn":
        if (self.run_id is None) == (self.user is None):
            raise ValueError("name either run_id or user")
        return self


class GlassIn(Strict):
    """A request to open the originals of a run: why, under which ticket, for how long after its approval."""

    run_id: Annotated[str, Field(min_length=1, max_length=1024)]
    reason: Annotated[str, Field(min_length=1, max_length=1000)]
    ticket: Annotated[str, Field(min_length=1, max_length=200)]
    minutes: Annotated[int, Field(ge=1)] = 60


class GlassOpenIn(Strict):
    """The opener's passphrase, where the service does not have it."""

    passphrase: Annotated[str, Field(max_length=1000)] | None = None


class GlassListQuery(Strict):
    """Requests of the last 90 days, newest first."""

    state: Literal["pending", "approved", "denied", "over"] | None = None
    limit: Annotated[int, Field(ge=1, le=MAX_PAGE)] = 50
    cursor: Annotated[str, Field(max_length=4096)] | None = None
