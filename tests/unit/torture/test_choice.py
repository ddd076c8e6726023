"""A round follows from the seed; whatever it is, it fits the demo and the promise."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from stresscampaigns.api.campaign import StressCampaignSpec
from tests.e2e.campaigns import campaign
from tests.torture.choice import (
    EARLY,
    EVERYWHERE,
    FEW_ROUNDS,
    FEW_SEED,
    LATE,
    OF_CAMPAIGNS,
    app_of,
    chosen,
    lasts,
)
from tests.torture.drawing import LONGEST, ROLLOUT, SCRATCH, SHORTEST, TYPES

YOUNGEST = {"DiskFull", "DatabasePoolExhausted", "ExternalApiFailure", "Custom", ROLLOUT}
"""What each of them takes is held by nobody else: a volume, a database's sessions, a proxy, processes, a template."""
SEEDS = some.integers(0, 2**31)
NUMBERS = some.integers(1, 10_000)


@given(SEEDS, NUMBERS)
def test_the_same_seed_and_number_make_the_same_round(seed: int, number: int) -> None:
    assert chosen(seed, number) == chosen(seed, number)


@given(SEEDS, NUMBERS)
def test_faults_are_short_and_kills_fall_around_them(seed: int, number: int) -> None:
    made = chosen(seed, number)
    assert len(made.faults) in (1, 2)
    assert all(SHORTEST <= lasts(one) <= LONGEST for one in made.faults)
    assert made.kills
    assert all(-EARLY <= one.at <= round(made.seconds + LATE, 2) for one in made.kills)


@given(SEEDS, NUMBERS)
def test_operator_and_coordinator_are_killed_only_where_they_work(seed: int, number: int) -> None:
    made = chosen(seed, number)
    assert {one.victim for one in made.kills} <= set(OF_CAMPAIGNS if made.by_operator else EVERYWHERE)


@given(SEEDS, NUMBERS)
def test_every_round_is_a_valid_campaign_against_pods_of_the_demo(seed: int, number: int) -> None:
    faults = chosen(seed, number).faults
    spec = campaign("torture", faults=[one.to_wire() for one in faults])["spec"]
    assert StressCampaignSpec.model_validate(spec)
    assert {app_of(one) for one in faults} <= {"agents", "postgres", "external-api", SCRATCH}


@given(SEEDS, NUMBERS)
def test_a_bad_revision_is_rolled_out_only_where_an_operator_is_which_is_killed_meanwhile(
    seed: int, number: int
) -> None:
    made = chosen(seed, number)
    bad = [one for one in made.faults if one.type == ROLLOUT]
    assert made.by_operator or not bad
    killed_at = [one.at for one in made.kills if one.victim == "operator"]
    assert all(any(0 <= at <= lasts(one) for at in killed_at) for one in bad)


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_two_hundred_rounds_have_every_fault_and_every_victim(seed: int) -> None:
    made = [chosen(seed, number) for number in range(1, 201)]
    assert {fault.type for one in made for fault in one.faults} == set(TYPES)
    assert {kill.victim for one in made for kill in one.kills} == set(OF_CAMPAIGNS)
    assert 15 <= sum(one.by_operator for one in made) <= 40


def test_the_few_rounds_of_make_test_have_every_victim() -> None:
    made = [chosen(FEW_SEED, number) for number in range(1, FEW_ROUNDS + 1)]
    assert {kill.victim for one in made for kill in one.kills} == set(OF_CAMPAIGNS)
    assert [one.by_operator for one in made].count(True) == 1
    assert len(YOUNGEST & {fault.type for one in made for fault in one.faults}) >= 3
