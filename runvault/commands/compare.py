"""`runvault compare BASELINE CANDIDATE`."""

from typing import Any

import click

from runvault.client import ApiClient, filter_options, reading_options
from runvault.commands.runs import RUN_FILTERS
from runvault.render import make_console, print_json
from runvault.render_fleet import render_comparison


@click.command("compare")
@click.argument("baseline")
@click.argument("candidate")
@filter_options(*RUN_FILTERS)
@click.option("--threshold", type=float, help="relative change that matters; 0.1 when left out")
@reading_options
def command(client: ApiClient, as_json: bool, baseline: str, candidate: str, **filters: Any) -> None:
    """Two versions or two models side by side: version=v1 version=v2, or model=a model=b.

    `worse` and `better` are said of a change over the threshold that is more than noise; `too few` means that more runs
    have to tell.
    """
    answer = client.get_json("/v1/analytics/compare", {"baseline": baseline, "candidate": candidate, **filters})
    if as_json:
        print_json(answer)
        return
    console = make_console()
    runs = [answer[side]["runs"] for side in ("baseline", "candidate")]
    console.print(f"runs: {runs[0]:,} against {runs[1]:,}; a change under {answer['threshold']:.0%} is the same")
    console.print(render_comparison(answer, console.width))
    regressed = answer["regressed"]
    console.print(f"regressed: {', '.join(regressed)}" if regressed else "nothing regressed for certain", style="bold")
