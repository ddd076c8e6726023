"""The ConfigMaps of a record: as many as it takes, nobody changes them, and they go when the run goes."""

import base64
import random

import pytest

from stresscampaigns.api.load_result import Finding
from stresscampaigns.api.record import KEY, PART_BYTES, TornRecord, unpack
from tests.unit.record.records import manifests, result

NOISE = base64.b64encode(random.Random(1).randbytes(2 * PART_BYTES)).decode()
LARGE = result().model_copy(update={"findings": [Finding(reason=NOISE)]})


def test_what_goes_in_comes_out() -> None:
    record = unpack(manifests(load=result()))
    assert record.load == result()
    assert (record.run, record.uid, record.spec) == ("smoke-g1", "uid-smoke-g1", {"campaign": "smoke"})
    assert record.status["verdict"] == "Passed"


def test_a_run_without_results_has_a_record_too() -> None:
    assert unpack(manifests()).load is None


@pytest.mark.parametrize("image", ["load:1", "mine:1"])
def test_it_names_the_image_in_which_the_load_ran(image: str) -> None:
    locustfile = {"image": image} if image != "load:1" else {"configMap": "mine"}
    spec = {"campaign": "smoke", "template": {"load": {"locustfile": locustfile}}}
    assert unpack(manifests(spec=spec)).versions["load"] == image


def test_they_are_found_by_label_owned_by_the_run_and_never_changed() -> None:
    (part,) = manifests()
    assert part["metadata"]["name"] == "smoke-g1-record-0"
    assert part["metadata"]["labels"]["stresscampaigns.dev/run"] == "smoke-g1"
    assert part["metadata"]["labels"]["stresscampaigns.dev/role"] == "record"
    assert part["metadata"]["ownerReferences"][0]["uid"] == "uid-smoke-g1"
    assert part["immutable"] is True


def test_what_is_too_large_for_one_is_cut_and_put_together_in_any_order() -> None:
    parts = manifests(load=LARGE)
    assert len(parts) == 3
    assert all(len(base64.b64decode(part["binaryData"][KEY])) <= PART_BYTES for part in parts)
    assert len({part["metadata"]["name"] for part in parts}) == 3
    assert unpack(parts[::-1]).load == LARGE


def test_a_part_that_is_missing_is_named() -> None:
    with pytest.raises(TornRecord, match=r"parts \[1\] of 3"):
        unpack([part for part in manifests(load=LARGE) if part["data"]["part"] != "1"])


def test_damage_is_noticed() -> None:
    (part,) = manifests()
    for damaged in ({**part, "binaryData": {KEY: "AAAA"}}, {**part, "binaryData": {}}):
        with pytest.raises(TornRecord):
            unpack([damaged])
    with pytest.raises(TornRecord, match="missing"):
        unpack([])


def test_the_same_run_makes_the_same_record() -> None:
    assert manifests(load=result()) == manifests(load=result())


@pytest.mark.parametrize("depth", [0, 150, 250, 900])
def test_however_deep_the_spec_that_nobody_could_read_there_is_a_record(depth: int) -> None:
    deep: object = 1
    for _ in range(depth):
        deep = [deep]
    kept = unpack(manifests(spec={"campaign": "smoke", "template": deep})).spec
    assert kept == (
        {"campaign": "smoke", "template": deep} if depth < 180 else {"unreadable": kept["unreadable"]}
    )
