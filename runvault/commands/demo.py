"""`runvault demo`."""

import click

from runvault.demo import show_demo


@click.command()
@click.option("--runs", "runs_per_agent", default=12, show_default=True, help="runs of each of the three sample agents")
@click.option("--keep", is_flag=True, help="keep the folder and say where it is")
def command(runs_per_agent: int, keep: bool) -> None:
    """Send sample runs through a real service on free ports, and print what it knows."""
    show_demo(runs_per_agent, keep)
