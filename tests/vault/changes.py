"""What somebody with the database in hand may do to twenty entries; the 10th and the 20th have signed heads."""

import copy

from tests.vault.trails import rewrite
from vault.audit_check import Json, hash_entry


def edit(entries: list[Json]) -> list[Json]:
    entries[6]["reason"] = "a good one"
    return entries


def edit_time(entries: list[Json]) -> list[Json]:
    entries[6]["at"] = "2020-01-01T00:00:00.000000Z"
    return entries


def edit_with_hash(entries: list[Json]) -> list[Json]:
    entries[6]["key_id"] = "somebody-else"
    entries[6]["hash"] = hash_entry(entries[6])
    return entries


def edit_hash(entries: list[Json]) -> list[Json]:
    entries[6]["hash"] = "0" * 64
    return entries


def blank(entries: list[Json]) -> list[Json]:
    entries[6].update(action="", object="", tenant="")
    return entries


def delete(entries: list[Json]) -> list[Json]:
    del entries[6]
    return entries


def delete_three(entries: list[Json]) -> list[Json]:
    del entries[6:9]
    return entries


def delete_and_renumber(entries: list[Json]) -> list[Json]:
    del entries[6]
    for entry in entries[6:]:
        entry["seq"] -= 1
    return entries


def insert_twin(entries: list[Json]) -> list[Json]:
    extra = copy.deepcopy(entries[6]) | {"object": "run-of-mine"}
    extra["hash"] = hash_entry(extra)
    return [*entries[:7], extra, *entries[7:]]


def insert_and_renumber(entries: list[Json]) -> list[Json]:
    extra = copy.deepcopy(entries[6]) | {"object": "run-of-mine"}
    extra["hash"] = hash_entry(extra)
    for entry in entries[6:]:
        entry["seq"] += 1
    return [*entries[:6], extra, *entries[6:]]


def append(entries: list[Json]) -> list[Json]:
    extra = copy.deepcopy(entries[-1]) | {"seq": 30}
    extra["hash"] = hash_entry(extra)
    return [*entries, extra]


def swap_numbers(entries: list[Json]) -> list[Json]:
    entries[6]["seq"], entries[11]["seq"] = entries[11]["seq"], entries[6]["seq"]
    return sorted(entries, key=lambda entry: int(entry["seq"]))


def swap_neighbours(entries: list[Json]) -> list[Json]:
    entries[6]["seq"], entries[7]["seq"] = entries[7]["seq"], entries[6]["seq"]
    return sorted(entries, key=lambda entry: int(entry["seq"]))


def swap_contents(entries: list[Json]) -> list[Json]:
    entries[6]["object"], entries[11]["object"] = entries[11]["object"], entries[6]["object"]
    return entries


def truncate(entries: list[Json]) -> list[Json]:
    return entries[:15]


def truncate_all(entries: list[Json]) -> list[Json]:
    return []


def cut_beginning(entries: list[Json]) -> list[Json]:
    return entries[4:]


def rewrite_from_here(entries: list[Json]) -> list[Json]:
    entries[6]["object"] = "another run"
    return [*entries[:6], *rewrite(entries[6:])]


def delete_and_rewrite(entries: list[Json]) -> list[Json]:
    del entries[12]
    return rewrite(entries)


def rewrite_all(entries: list[Json]) -> list[Json]:
    entries[0]["object"] = "another run"
    return rewrite(entries)
