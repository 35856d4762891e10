"""Pipeline health: is what agents send received, written down and loaded, how late, and what was refused."""

from grafana_foundation_sdk.builders.dashboard import Dashboard

from dashboards.boards.frame import make_board
from dashboards.health import draw_counts, draw_delay, draw_gauges, name_words, read_age, read_latest, sum_counts
from dashboards.panels import About, Panel, make_series, make_stat
from dashboards.sql import ask_coverage, choose_steps

STAGES = {
    "runvault_received_spans_total": "received", "runvault_journalled_spans_total": "in the journal",
    "runvault_loaded_spans_total": "loaded",
}  # fmt: skip
REFUSED = {"runvault_refused_spans_total": "spans", "runvault_refused_log_records_total": "log records"}
FAILURES = {
    "runvault_load_failures_total": "inserts tried again", "runvault_dead_spans_total": "spans set aside",
    "runvault_expired_spans_total": "past their lifetime", "runvault_collector_restarts_total": "collectors restarted",
}  # fmt: skip
NEEDY = {"runvault_dead_segments": "dead", "runvault_quarantined_segments": "in quarantine"}
NOTHING = "no samples"
SAMPLE_S = 60
"""How often the service writes a sample, unless its settings say otherwise."""
LATE_MS = (
    "(toUnixTimestamp64Micro(ReceivedAt) - (toUnixTimestamp64Nano(steps_current.Timestamp) + Duration) / 1e3) / 1e3"
)


def build_pipeline() -> Dashboard:
    """The board for whoever runs Runvault."""
    return make_board(
        "pipeline",
        "Pipeline health",
        "Stages, journal, delays and refusals, as the service writes them down every minute; below, what a tenant's "
        "own spans tell.",
        [
            show_age(), show_received(), show_refused(), show_waiting(), show_oldest(), show_needy(),
            draw_stages(), draw_cpu(), draw_requests(), draw_refusals(), draw_journal(), draw_oldest(), draw_delays(),
            draw_parts(), draw_failures(), draw_needy(), draw_services(), draw_lateness(), draw_coverage(),
        ],
    )  # fmt: skip


def show_age() -> Panel:
    about = About(
        "Last sample", "Time since the service last wrote its health down.", "s", 4, 4, most=5 * SAMPLE_S,
        nothing=NOTHING,
    )  # fmt: skip
    return make_stat(about, read_age())


def show_received() -> Panel:
    about = About("Spans received", "Spans decoded from requests in the time range.", "short", 4, 4)
    return make_stat(about, sum_counts("runvault_received_spans_total"))


def show_refused() -> Panel:
    about = About("Refused", "Spans and log records that were not taken, in the time range.", "short", 4, 4, most=1)
    return make_stat(about, sum_counts(*REFUSED))


def show_waiting() -> Panel:
    about = About(
        "Waiting in the journal", "Bytes of segments that are not loaded yet.", "decbytes", 4, 4, nothing=NOTHING
    )
    return make_stat(about, read_latest("runvault_journal_bytes"))


def show_oldest() -> Panel:
    about = About(
        "Oldest waiting", "Age of the oldest segment that is not loaded yet.", "s", 4, 4, most=60, nothing=NOTHING
    )
    return make_stat(about, read_latest("runvault_journal_oldest_seconds"))


def show_needy() -> Panel:
    about = About(
        "Need a person", "Segments that cannot be loaded or read: runvault journal list.", "short", 4, 4, most=1,
        nothing=NOTHING,
    )  # fmt: skip
    return make_stat(about, read_latest(*NEEDY))


def draw_stages() -> Panel:
    about = About("Spans by stage", "A second, as they were received, written to the journal and loaded.", "short")
    return _over_time(about, draw_counts(True, name_words(STAGES), *STAGES))


def draw_cpu() -> Panel:
    about = About("CPU by stage", "Cores that each stage kept busy.", "short")
    return _over_time(about, draw_counts(True, "Label", "runvault_stage_cpu_seconds_total"))


def draw_requests() -> Panel:
    about = About("Requests", "A second, by protocol, result and signal.", "reqps")
    return _over_time(about, draw_counts(True, "Label", "runvault_requests_total"))


def draw_refusals() -> Panel:
    about = About("Refusals", "What was not taken in each interval, by reason.", "short")
    return _over_time(about, draw_counts(False, f"concat({name_words(REFUSED)}, ': ', Label)", *REFUSED))


def draw_journal() -> Panel:
    about = About("Journal", "Most bytes that waited in the journal, by service.", "decbytes")
    return _over_time(about, draw_gauges("Instance", "runvault_journal_bytes"))


def draw_oldest() -> Panel:
    about = About("Age of the journal", "Greatest age of a segment that waited, by service.", "s")
    return _over_time(about, draw_gauges("Instance", "runvault_journal_oldest_seconds"))


def draw_delays() -> Panel:
    about = About(
        "Until queryable", "From receiving a batch to it being queryable: the mean, and the share within 5 s.", "s",
        columns={"within 5 s": "percentunit"},
    )  # fmt: skip
    return _over_time(about, draw_delay("runvault_queryable_delay_seconds", 5.0))


def draw_parts() -> Panel:
    about = About("Parts", "Active parts of the store's tables; many more than usual: merges do not keep up.", "short")
    return _over_time(about, draw_gauges("Instance", "runvault_store_parts"))


def draw_failures() -> Panel:
    about = About(
        "Failures", "What went wrong in each interval, none of it lost but what is past its lifetime.", "short"
    )
    return _over_time(about, draw_counts(False, name_words(FAILURES), *FAILURES))


def draw_needy() -> Panel:
    about = About(
        "Segments that need a person", "Dead: cannot be loaded. In quarantine: cannot be read whole.", "short"
    )
    return _over_time(about, draw_gauges(name_words(NEEDY), *NEEDY))


def draw_services() -> Panel:
    about = About(
        "Spans by service", "Spans of the tenant that began in each interval; a gap: it sends nothing.", "short"
    )
    return make_series(about, _ask_steps("count() AS Spans"))


def draw_lateness() -> Panel:
    about = About("Until received", "95th percentile of the time from a span's end to its reception, by service.", "ms")
    late = f"quantileExact(0.95)(greatest(0, {LATE_MS})) AS Ms"
    return make_series(about, _ask_steps(late, "ClockSkewed = 0"))


def draw_coverage() -> Panel:
    about = About(
        "Coverage by workflow", "Runs whose root was seen and that lack no parent, over all runs.", "percentunit",
        24, 8, least=0.99,
    )  # fmt: skip
    return make_series(about, ask_coverage("Coverage", "time", "Workflow"))


def _over_time(about: About, sql: str) -> Panel:
    """Lines whose points are at least a sample apart."""
    return make_series(about, sql).interval(f"{SAMPLE_S}s")


def _ask_steps(select: str, condition: str = "") -> str:
    return (
        f"SELECT $__timeInterval(steps_current.Timestamp) AS time, ServiceName, {select}\n"
        f"FROM steps_current\nWHERE {choose_steps(condition)}\nGROUP BY time, ServiceName\nORDER BY time, ServiceName"
    )
