"""Every route by every role, no key, wrong, expired and revoked keys, another tenant, another environment. The routes
come from the OpenAPI document, so a new one without an expectation here fails (issue 6, acceptance 1)."""

from pathlib import Path
from typing import Any

import pytest

from schema.store import Store
from tests.api.matrix_house import ROUTES, RUN, SECRET, TELLING, House, list_routes
from tests.api.matrix_house import house as house
from tests.api.rows import insert_rows, make_run, trace_id
from vault.caller import ALL_ROLES, Role
from vault.keys import Key, make_key

pytestmark = pytest.mark.engine


def test_every_route_has_an_expectation() -> None:
    assert list_routes() == sorted(ROUTES)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_roles(house: House, route: str) -> None:
    allowed = ROUTES[route].roles
    for role in Role:
        answer = house.ask(route, house.make_key(role))
        expected = ROUTES[route].status if role in allowed or not allowed else 403
        assert answer.status_code == expected, (role, answer.text)
        if expected == 403:
            assert answer.headers["content-type"] == "application/problem+json"
            assert SECRET not in answer.text
            assert "lacks the role" in answer.json()["detail"]
    others = [role for role in Role if role not in allowed]
    assert house.ask(route, house.make_key(*others)).status_code == (403 if allowed else 200)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_no_key_and_bad_keys(house: House, route: str) -> None:
    good = house.make_key(*ALL_ROLES)
    bad = [
        None,
        "",
        "rv_",
        good[:-1] + ("A" if good[-1] != "A" else "B"),
        make_key(Key("", "", house.tenant, "", ALL_ROLES))[1],
        house.make_key(*ALL_ROLES, expires_at=1),
        house.make_key(*ALL_ROLES, revoked_at=1),
    ]
    for key in bad:
        answer = house.ask(route, key)
        assert answer.status_code == (401 if ROUTES[route].roles else 200), answer.text
        if ROUTES[route].roles:
            scheme = answer.headers["www-authenticate"].split()[0]
            assert scheme == ("Bearer" if "/v1/" in route or route == "GET /metrics" else "Basic")
            assert SECRET not in answer.text
            assert good not in answer.text


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_another_tenant_sees_nothing(house: House, route: str) -> None:
    answer = house.ask(route, house.make_key(*ALL_ROLES, tenant=f"{house.tenant}-other"))
    assert answer.status_code == (404 if ROUTES[route].of_run else 200), answer.text
    hold_nothing(answer, route)


@pytest.mark.parametrize("route", sorted(ROUTES))
def test_another_environment_sees_nothing(house: House, route: str) -> None:
    answer = house.ask(route, house.make_key(*ALL_ROLES, environment="staging"))
    assert answer.status_code == (404 if ROUTES[route].of_run else 200), answer.text
    hold_nothing(answer, route)
    own = house.ask(route, house.make_key(*ALL_ROLES, environment="production"))
    assert own.status_code == ROUTES[route].status, own.text
    assert (SECRET in own.text) == (route in TELLING), own.text


@pytest.mark.parametrize("path", ["/v1/nothing", "/", "/v1/runs/../../healthz/x"])
def test_what_is_no_route_needs_a_key_too(house: House, path: str) -> None:
    assert house.client.get(path).status_code == 401
    key = house.make_key(Role.INGEST)
    assert house.client.get(path, headers={"authorization": f"Bearer {key}"}).status_code in (403, 404)


def test_nothing_of_a_request_is_read_before_its_key(house: House) -> None:
    url = f"/v1/runs/{RUN}-{SECRET}/outcome"
    assert house.client.post(url, content=b"{not json").status_code == 401
    assert house.client.get("/v1/runs?nothing=1").status_code == 401
    assert house.client.put("/v1/runs").status_code == 401


def test_keys_that_cannot_be_read_let_nobody_in(house: House) -> None:
    key = house.make_key(*ALL_ROLES)
    house.keys.write_text("{")
    answer = house.ask("GET /v1/runs", key)
    assert (answer.status_code, answer.json()["detail"]) == (503, "the keys cannot be read now; try again")
    assert house.ask("GET /healthz", None).status_code == 200


def hold_nothing(answer: Any, route: str) -> None:
    """Nothing of the tenant stands in the answer, but what the question itself said (the names compared)."""
    text = answer.text
    if route == "GET /v1/analytics/compare":
        assert answer.json()["baseline"] == {"version": SECRET, "runs": 0}
        text = text.replace(f'"version":"{SECRET}"', "")
    if route == "GET /v1/audit/export":
        stubs = [entry for entry in answer.json()["items"] if "action" not in entry]
        assert stubs
        assert all(set(stub) == {"chain", "seq", "previous", "hash"} for stub in stubs)
    assert SECRET not in text
    assert trace_id(f"{RUN}-{SECRET}") not in text


def test_cursors_of_another_tenant_lead_nowhere(house: House) -> None:
    own, other = house.make_key(Role.VIEWER), house.make_key(Role.VIEWER, tenant=f"{house.tenant}-other")
    insert_rows(house.client.app.state.store, "runs", [make_run(house.tenant, "a-second-run")])  # type: ignore[attr-defined]
    headers = {"authorization": f"Bearer {own}"}
    page = house.client.get("/v1/runs?limit=1", headers=headers).json()
    assert page["next_cursor"]
    asked = {"limit": 5, "cursor": page["next_cursor"]}
    assert len(house.client.get("/v1/runs", params=asked, headers=headers).json()["items"]) == 1
    headers = {"authorization": f"Bearer {other}"}
    assert house.client.get("/v1/runs", params=asked, headers=headers).json()["items"] == []


def test_a_run_of_the_same_name_in_two_tenants(house: House, store: Store) -> None:
    other = f"{house.tenant}-other"
    insert_rows(store, "runs", [make_run(other, f"{RUN}-{SECRET}", Workflow="theirs")])
    for tenant, workflow in ((house.tenant, SECRET), (other, "theirs")):
        answer = house.ask("GET /v1/runs/{run_id}", house.make_key(Role.VIEWER, tenant=tenant))
        assert answer.json()["workflow"]["name"] == workflow


def test_the_tenant_cannot_be_named_by_the_question(house: House) -> None:
    key = house.make_key(*ALL_ROLES, tenant=f"{house.tenant}-other")
    for parameter in ("tenant", "Tenant"):
        answer = house.client.get(
            "/v1/runs", params={parameter: house.tenant}, headers={"authorization": f"Bearer {key}"}
        )
        assert answer.status_code == 422
    headers = {"authorization": f"Bearer {key}", "x-tenant": house.tenant}
    assert house.client.get("/v1/runs", headers=headers).json()["items"] == []


@pytest.mark.parametrize("route", [route for route, how in sorted(ROUTES.items()) if how.of_run and how.audited])
def test_what_cannot_be_audited_is_not_answered(house: House, tmp_path: Path, route: str) -> None:
    key = house.make_key(*ALL_ROLES)
    (tmp_path / "audit" / "lock").unlink()
    (tmp_path / "audit" / "lock").mkdir()
    answer = house.ask(route, key)
    assert answer.status_code == 503
    assert "audit trail" in answer.json()["detail"]
    assert SECRET not in answer.text


def test_a_missing_role_is_written_down(house: House) -> None:
    house.ask("GET /v1/runs/{run_id}/replay", house.make_key(Role.INGEST))
    headers = {"authorization": f"Bearer {house.make_key(Role.ADMIN)}"}
    (item,) = house.client.get("/v1/audit?action=access.denied", headers=headers).json()["items"]
    assert item["object"] == f"GET /v1/runs/{RUN}-{SECRET}/replay"
    assert item["detail"] == "the key lacks the role viewer"


@pytest.mark.parametrize(
    ("route", "action"),
    [
        ("GET /v1/runs/{run_id}", "run.read"),
        ("GET /v1/runs/{run_id}/replay", "run.replay"),
        ("POST /v1/runs/{run_id}/outcome", "outcome.set"),
    ],
)
def test_who_asked_for_what_is_written_down(house: House, route: str, action: str) -> None:
    key = house.make_key(*ALL_ROLES)
    house.ask(route, key)
    admin = house.make_key(Role.ADMIN)
    page = house.client.get(
        "/v1/audit", params={"action": action, "limit": 1}, headers={"authorization": f"Bearer {admin}"}
    )
    (item,) = page.json()["items"]
    assert (item["action"], item["object"]) == (action, f"{RUN}-{SECRET}")
    assert item["key_id"] == key.split("_")[1]
    assert item["address"] == "testclient"
