"""Boards in `dashboards/json/`, alert rules in `dashboards/provisioning/alerting/`: generated, committed, and the same
bytes every time."""

import json
from pathlib import Path
from typing import Any

from grafana_foundation_sdk.builders.dashboard import Dashboard
from grafana_foundation_sdk.cog.encoder import JSONEncoder

from dashboards.boards.cost import build_cost
from dashboards.boards.fleet import build_fleet
from dashboards.boards.latency import build_latency
from dashboards.boards.pipeline import build_pipeline
from dashboards.boards.privacy import build_privacy
from dashboards.boards.release import build_release
from dashboards.boards.reliability import build_reliability
from dashboards.boards.run import build_run
from dashboards.rules import build_rule_group

JSON_FOLDER = Path(__file__).parent / "json"
RULES_FILE = Path(__file__).parent / "provisioning" / "alerting" / "runvault.json"

BOARDS = (
    build_fleet, build_cost, build_latency, build_reliability, build_release, build_run, build_privacy, build_pipeline,
)  # fmt: skip


def list_boards() -> dict[str, dict[str, Any]]:
    """Every board as JSON by its uid, in the order of the dashboard list."""
    found = [_number_panels(_to_json(build())) for build in BOARDS]
    return {board["uid"]: board for board in found}


def render_files() -> dict[Path, str]:
    """Every generated file and its text."""
    contents = {JSON_FOLDER / f"{uid.removeprefix('runvault-')}.json": board for uid, board in list_boards().items()}
    contents[RULES_FILE] = build_rule_group()
    return {path: json.dumps(content, indent=2, sort_keys=True) + "\n" for path, content in contents.items()}


def write_files() -> list[Path]:
    """Write what differs, remove what is not generated any more; the files touched."""
    touched = find_differences()
    wanted = render_files()
    for path in touched:
        if path in wanted:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(wanted[path], "utf-8")
        else:
            path.unlink()
    return touched


def find_differences() -> list[Path]:
    """Files that are not what they would be if generated now: changed, missing or left over."""
    wanted = render_files()
    folders = sorted({path.parent for path in wanted})
    there = {path for folder in folders if folder.is_dir() for path in folder.iterdir() if path.is_file()}
    changed = {path for path, text in wanted.items() if path not in there or path.read_text("utf-8") != text}
    return sorted(changed | (there - set(wanted)))


def _to_json(board: Dashboard) -> dict[str, Any]:
    plain: dict[str, Any] = json.loads(json.dumps(board.build(), cls=JSONEncoder, sort_keys=True))
    return plain


def _number_panels(board: dict[str, Any]) -> dict[str, Any]:
    """Panel ids from 1 in order: without them Grafana makes up its own, and links to panels break."""
    for number, panel in enumerate(board["panels"], start=1):
        panel["id"] = number
    return board
