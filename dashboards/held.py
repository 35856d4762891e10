"""SQL of panels about what is held, and about break-glass."""

from dashboards.sql import TENANT, choose_held, tidy
from schema.classes import OF_OWNERS
from schema.lifetimes import HANGS_ON
from schema.templates import fill_template

IN_RANGE = "At >= $__fromTime_ms AND At < $__toTime_ms"


def ask_held(select: str, tail: str = "") -> str:
    """From schema/queries/held.sql: the tables whose rows name their owner."""
    tables = [
        f"SELECT '{data_class}' AS Class, toString(Environment) AS Environment, Day,\n"
        f"    toString(RetentionClass) AS RetentionClass, count() AS Held\n"
        f"FROM {table}\nWHERE {choose_held()}\nGROUP BY Environment, Day, RetentionClass"
        for table, data_class in OF_OWNERS.items()
    ]
    chains = [
        f"'{data_class}', [{', '.join(repr(str(outer)) for outer in outers)}]"
        for data_class, outers in HANGS_ON.items()
    ]
    text = fill_template("held", tables="\nUNION ALL\n".join(tables), chains=", ".join(chains), tenant=TENANT)
    return f"SELECT {select}\nFROM\n(\n{tidy(text)}\n)\n{tail}".rstrip()


def count_openings() -> str:
    """How often originals were opened."""
    conditions = choose_held("Kind = 'opened'", IN_RANGE)
    return f"SELECT uniqExact(EventId) AS Openings\nFROM break_glass_events FINAL\nWHERE {conditions}"


def list_requests() -> str:
    """Requests to open originals that anything was done with, newest first. Only the first event names the run."""
    return (
        "SELECT anyIf(RunId, Kind = 'asked') AS \"Run\", anyIf(Ticket, Kind = 'asked') AS \"Ticket\",\n"
        "    minIf(At, Kind = 'asked') AS \"Asked\", anyIf(KeyId, Kind = 'asked') AS \"Asked by\",\n"
        "    arrayStringConcat(groupUniqArrayIf(toString(KeyId), Kind = 'approved'), ', ') AS \"Approved by\",\n"
        "    anyIf(KeyId, Kind = 'denied') AS \"Denied by\", uniqExactIf(EventId, Kind = 'opened') AS \"Openings\",\n"
        "    nullIf(maxIf(At, Kind = 'opened'), toDateTime64(0, 6)) AS \"Last opened\"\n"
        f"FROM break_glass_events FINAL\nWHERE {choose_held()}\n"
        f"GROUP BY RequestId\nHAVING countIf({IN_RANGE}) > 0\nORDER BY max(At) DESC, RequestId\nLIMIT 100"
    )
