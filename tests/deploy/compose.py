"""docker-compose.yml as compose reads it: variables filled in, profiles chosen."""

import re
from pathlib import Path
from typing import Any

import yaml

ROOT = Path(__file__).resolve().parents[2]
FILE = ROOT / "docker-compose.yml"
LAYOUTS = {
    "one node": (),
    "cluster": ("deploy/cluster.env",),
    "s3": ("deploy/s3.env",),
    "cluster and s3": ("deploy/cluster.env", "deploy/s3.env"),
}
"""How it may be started → files of variables; both give both profiles."""
_VARIABLE = re.compile(r"\$(?:\{(\w+)(?::-([^}]*))?\}|\$)")


def read_variables(name: str) -> dict[str, str]:
    """NAME=value, line by line."""
    lines = (ROOT / name).read_text("utf-8").splitlines()
    return dict(line.split("=", 1) for line in lines if line and not line.startswith("#"))


def read_layout(layout: str) -> tuple[dict[str, Any], set[str]]:
    """The document with its variables filled in, and the profiles that are on."""
    variables: dict[str, str] = {}
    profiles: set[str] = set()
    for name in LAYOUTS[layout]:
        variables |= read_variables(name)
        profiles |= set(variables.pop("COMPOSE_PROFILES").split(","))

    def fill(match: re.Match[str]) -> str:
        name, default = match.groups()
        assert name is None or default is not None, f"{name} has no default"
        return "$" if name is None else variables.get(name, default)

    return yaml.safe_load(_VARIABLE.sub(fill, FILE.read_text("utf-8"))), profiles


def read_services(layout: str) -> dict[str, dict[str, Any]]:
    """The services that start."""
    document, profiles = read_layout(layout)
    return {
        name: service
        for name, service in document["services"].items()
        if not service.get("profiles") or profiles & set(service["profiles"])
    }


def read_all() -> dict[str, dict[str, Any]]:
    """Every service, whatever its profile."""
    services: dict[str, dict[str, Any]] = read_layout("one node")[0]["services"]
    return services


def read_environment(service: dict[str, Any]) -> dict[str, str]:
    """The container's variables, those of its files included."""
    values: dict[str, str] = {}
    for name in service.get("env_file", []):
        values |= read_variables(name)
    return {**values, **service.get("environment", {})}
