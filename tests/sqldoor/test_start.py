"""The port opens only where it is bound, and its configuration keeps what the engine needs besides."""

import xml.etree.ElementTree as ET
from contextlib import nullcontext
from pathlib import Path

import pytest

from runvault.check_host import check_sql
from runvault.doctor_ports import check_ports
from runvault.settings import load_settings
from schema.errors import AuditError, ConfigError, StoreError
from schema.guest_policies import write_guest_config
from schema.guests import Guests
from schema.store import Store
from schema.volumes import POLICY, write_engine_config
from sqldoor.app import build_checker
from sqldoor.functions import QUESTION, Functions
from sqldoor.request import Asked
from sqldoor.work import Desk, Work
from vault.audit import NoTrail
from vault.caller import make_keyless_caller


def test_it_is_off_unless_a_port_is_given() -> None:
    settings = load_settings(None, {}, {})
    assert settings["sql_port"] == 0
    check_sql(settings)
    assert "sql port" not in {finding.check for finding in check_ports(settings)}


def test_it_is_for_the_embedded_engine() -> None:
    settings = load_settings(None, {"sql_port": 8123}, {"RUNVAULT_STORE_URL": "http://127.0.0.1:1/x"})
    with pytest.raises(ConfigError, match="sql_port"):
        check_sql(settings)


def test_the_cold_volume_stays_in_the_configuration(tmp_path: Path) -> None:
    base = write_engine_config(tmp_path / "engine.xml", tmp_path / "cold")
    root = ET.parse(write_guest_config(tmp_path / "sql", base)).getroot()
    assert root.find(f"storage_configuration/policies/{POLICY}") is not None
    users = ET.parse(str(root.findtext("users_config"))).getroot()
    assert users.findtext("users/default/databases/default/audit_entries/filter") == "getSetting('log_comment') = ''"


@pytest.mark.engine
def test_it_stays_shut_when_the_policies_are_not_in_force(store: Store, engine_path: Path) -> None:
    guests = Guests(str(engine_path), engine_path.with_name("engine.xml"))
    try:
        with pytest.raises(StoreError, match="not in force"):
            guests.check_bound()
    finally:
        guests.close()


@pytest.mark.engine
def test_what_cannot_be_written_down_is_not_read(store: Store, engine_path: Path) -> None:
    guests = Guests(str(engine_path), engine_path.with_name("engine.xml"))
    try:
        desk = Desk(guests, build_checker(guests), NoTrail())
        for sql, table in (("SELECT count() FROM runs", True), ("SELECT 1", False)):
            work = Work(desk, make_keyless_caller("127.0.0.1"), Asked({}, sql, ""))
            with pytest.raises(AuditError) if table else nullcontext():
                work.begin()
            assert (work.next() is None) == table
            work.close()
    finally:
        guests.close()


@pytest.mark.engine
def test_functions_without_a_known_category_are_shut(store: Store, engine_path: Path) -> None:
    guests = Guests(str(engine_path), engine_path.with_name("engine.xml"))
    rows = guests.read(QUESTION)
    guests.close()
    functions = Functions([*rows, {**rows[0], "name": "newInTheNextEngine", "alias_to": "", "categories": ""}], ["If"])
    assert not functions.allow("newInTheNextEngine")
    assert functions.know("newInTheNextEngine")
    assert functions.allow("sumIf")
    assert not functions.allow("fileIf")
    named = {row["name"] for row in rows}
    assert {
        "file",
        "joinGet",
        "dictGet",
        "getSetting",
        "aiGenerate",
        "sleep",
        "hostName",
    } <= named  # or this is in vain
    assert not any(
        functions.allow(name) for name in named if name.lower().startswith(("ai", "dict", "joinget", "file"))
    )


@pytest.mark.engine
def test_it_stays_shut_when_a_table_has_no_policy(store: Store, engine_path: Path) -> None:
    guests = Guests(str(engine_path), engine_path.with_name("engine.xml"))
    store.command("CREATE TABLE somebody_forgot (Tenant String) ENGINE = Memory")
    try:
        with pytest.raises(StoreError, match="somebody_forgot"):
            guests.check_bound()
    finally:
        store.command("DROP TABLE somebody_forgot")
        guests.close()
