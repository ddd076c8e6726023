"""Conditions: their times tell when a status changed, not when somebody looked."""

from stresscampaigns.core.conditions import condition, merge, truth

THEN, NOW = 1_800_000_000.0, 1_800_000_600.0
READY = condition("Ready", "True", "Accepted", "in force")


def test_a_new_condition_gets_the_time_and_the_generation_at_which_it_was_seen() -> None:
    (made,) = merge(None, [READY], generation=3, now=THEN)
    assert (made.last_transition_time, made.observed_generation) == ("2027-01-15T08:00:00Z", 3)


def test_a_condition_keeps_its_time_while_it_keeps_its_status() -> None:
    old = merge(None, [READY], 1, THEN)
    (made,) = merge(old, [condition("Ready", "True", "Other", "other words")], 2, NOW)
    assert made.last_transition_time == "2027-01-15T08:00:00Z"
    assert (made.reason, made.message, made.observed_generation) == ("Other", "other words", 2)


def test_a_condition_that_changes_its_status_changes_its_time() -> None:
    old = merge(None, [READY], 1, THEN)
    (made,) = merge(old, [condition("Ready", "False", "InvalidSpec", "no")], 1, NOW)
    assert (made.status, made.last_transition_time) == ("False", "2027-01-15T08:10:00Z")


def test_a_condition_that_nobody_speaks_of_stays() -> None:
    old = merge(None, [READY, condition("Stalled", "False", "Accepted", "no")], 1, THEN)
    made = merge(old, [condition("Stalled", "True", "InvalidSpec", "yes")], 1, NOW)
    assert [(entry.type, entry.status) for entry in made] == [("Ready", "True"), ("Stalled", "True")]


def test_merging_the_same_again_changes_nothing() -> None:
    once = merge(None, [READY], 1, THEN)
    assert merge(once, [READY], 1, NOW) == once


def test_what_nobody_knows_is_neither_true_nor_false() -> None:
    assert [truth(value) for value in (True, False, None)] == ["True", "False", "Unknown"]
