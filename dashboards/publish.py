"""Boards and alert rules into a running Grafana, through its HTTP API. The only door to grafana-client.

Idempotent: what is published carries a hash of its content (a board as a tag, a rule as an annotation), and is left
alone while the hash is the same. Content is not compared, since a Grafana may migrate what it stores. Grafana keeps
every version that it is given.
"""

import hashlib
import json
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, Literal

from grafana_client.api import GrafanaApi
from grafana_client.client import GrafanaException

from dashboards.boards.frame import TAG
from dashboards.build import list_boards
from dashboards.rules import DATASOURCE_UID, FOLDER, FOLDER_UID, GROUP, build_rule, list_rules
from schema.errors import RunvaultError

Json = dict[str, Any]
BUILD = "runvault_build"
INTERVAL_S = 60


class PublishError(RunvaultError):
    """Grafana cannot be reached, or refuses."""


@dataclass(frozen=True, slots=True)
class Change:
    """What was done, or would be, with one thing."""

    action: Literal["create", "update", "keep"]
    name: str


def publish(
    url: str, token: str, runbooks: str, datasource_uid: str = DATASOURCE_UID, dry_run: bool = False
) -> list[Change]:
    """Bring folder, boards and rules of a Grafana up to date; what changed, in order. `dry_run` only looks.

    `runbooks` is the address of a copy of `docs/runbooks/`. Raises PublishError.
    """
    api = GrafanaApi.from_url(url, credential=token)
    try:
        changes = [_publish_folder(api, dry_run)]
        changes += [_publish_board(api, board, dry_run) for board in list_boards().values()]
        return [*changes, _publish_rules(api, build_rules(runbooks, datasource_uid), dry_run)]
    except GrafanaException as error:
        # its message may quote a body: the status says enough
        raise PublishError(f"grafana refused: {type(error).__name__}, status {error.status_code}") from error
    except OSError as error:
        raise PublishError(f"no answer from grafana: {type(error).__name__}") from error


def build_rules(runbooks: str, datasource_uid: str) -> Json:
    """The rule group as Grafana's provisioning API takes it."""
    rules = [build_rule(rule, runbooks, datasource_uid) for rule in list_rules()]
    build = digest(rules)
    for rule in rules:
        rule |= {"orgID": 1, "folderUID": FOLDER_UID, "ruleGroup": GROUP}
        rule["annotations"] = {**rule["annotations"], BUILD: build}
    return {"title": GROUP, "folderUid": FOLDER_UID, "interval": INTERVAL_S, "rules": rules}


def digest(content: object) -> str:
    """Twelve hex digits that say what something holds."""
    return hashlib.sha256(json.dumps(content, sort_keys=True).encode()).hexdigest()[:12]


def _publish_folder(api: GrafanaApi, dry_run: bool) -> Change:
    name = f"folder {FOLDER}"
    if _find(lambda: api.folder.get_folder(FOLDER_UID)) is not None:
        return Change("keep", name)
    if not dry_run:
        api.folder.create_folder(FOLDER, FOLDER_UID)
    return Change("create", name)


def _publish_board(api: GrafanaApi, board: Json, dry_run: bool) -> Change:
    tag = f"{TAG}-{digest(board)}"
    there = _find(lambda: api.dashboard.get_dashboard(board["uid"]))
    if there is not None and tag in there["dashboard"].get("tags", []):
        return Change("keep", board["title"])
    if not dry_run:
        tagged = {**board, "tags": [*board["tags"], tag]}
        body = {"dashboard": tagged, "folderUid": FOLDER_UID, "message": f"runvault dashboards publish {tag}"}
        api.dashboard.update_dashboard({**body, "overwrite": True})
    return Change("create" if there is None else "update", board["title"])


def _publish_rules(api: GrafanaApi, group: Json, dry_run: bool) -> Change:
    name = f"{len(group['rules'])} alert rules"
    there = _find(lambda: api.alertingprovisioning.get_rule_group(FOLDER_UID, GROUP))
    if there is not None and _read_builds(there) == _read_builds(group):
        return Change("keep", name)
    if not dry_run:
        api.alertingprovisioning.update_rule_group(FOLDER_UID, GROUP, group)
    return Change("create" if there is None else "update", name)


def _read_builds(group: Json) -> dict[str, str]:
    return {rule["uid"]: rule.get("annotations", {}).get(BUILD, "") for rule in group.get("rules", [])}


def _find(ask: Callable[[], Json]) -> Json | None:
    """The answer, or None where Grafana knows no such thing."""
    try:
        return ask()
    except GrafanaException as error:
        if error.status_code == 404:
            return None
        raise
