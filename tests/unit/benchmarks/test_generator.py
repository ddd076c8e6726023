"""What the bench says of the open model at several shares of the closed one's rate."""

from benchmarks.generator import in_time


def tries(*errors: float) -> list[dict[str, float]]:
    return [{"send_error_p99_ms": one} for one in errors]


def lower(**errors: float) -> list[dict[str, float]]:
    return [
        {"share": int(name[1:]) / 100, "send_error_p99_ms": error, "worst": 2 * error}
        for name, error in errors.items()
    ]


def test_the_highest_share_that_went_out_in_time_is_told_and_missed_where_it_is_less_than_wanted() -> None:
    found = in_time(tries(9, 7, 8, 0.1), lower(_70=1.4, _60=0.4, _50=0.2))
    assert (found.value, found.met) == (0.6, False)
    assert (
        found.reference
        == "70%: 1.40 ms, 2.80 ms at most; 60%: 0.40 ms, 0.80 ms at most; 50%: 0.20 ms, 0.40 ms at most"
    )


def test_what_is_wanted_is_met_by_the_median_of_the_steadiest_tries() -> None:
    assert in_time(tries(0.9, 1.0, 7, 70), lower(_70=1.4)).met


def test_where_nothing_went_out_in_time_the_share_is_none() -> None:
    assert in_time(tries(9, 9, 9), lower(_70=1.4)).value == 0
