"""Two sets of runs compared, from the rows of schema/queries/compare_verdicts.sql: the verdicts are the engine's, so
that the boards show the same."""

from collections.abc import Sequence

from api.answers import Json
from api.models import CompareQuery
from api.queries.reader import Row

CONFIDENCE = 0.99
"""Of the intervals in compare_verdicts.sql."""


def build_comparison(query: CompareQuery, rows: Sequence[Row]) -> Json:
    """The answer: both sides, every measure with its verdict, and which of them regressed."""
    measures = [_build_measure(row) for row in rows]
    runs = {"baseline": rows[0]["BaselineRuns"], "candidate": rows[0]["CandidateRuns"]}
    sides = {
        name: {side.by: side.name, "runs": runs[name]}
        for name, side in (("baseline", query.baseline), ("candidate", query.candidate))
    }
    regressed = [measure["measure"] for measure in measures if measure["regressed"]]
    return {
        **sides,
        "threshold": query.threshold,
        "confidence": CONFIDENCE,
        "regressed": regressed,
        "measures": measures,
    }


def _build_measure(row: Row) -> Json:
    return {
        "measure": row["Measure"],
        "better": "higher" if row["HigherIsBetter"] else "lower",
        "baseline": row["Baseline"],
        "candidate": row["Candidate"],
        "change": row["Change"],
        "difference_low": row["DifferenceLow"],
        "difference_high": row["DifferenceHigh"],
        "baseline_n": row["BaselineN"],
        "candidate_n": row["CandidateN"],
        "verdict": row["Verdict"],
        "regressed": row["Verdict"] == "worse",
    }
