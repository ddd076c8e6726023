"""Are stages in step? Two workers of one load, in a container that has loopback alone."""

from benchmarks.figure import Figure
from benchmarks.generator import in_the_arena


def measure() -> list[Figure]:
    """The farthest that the two were apart at the begin of a stage."""
    apart = [1000 * seconds for seconds in in_the_arena("benchmarks.contest.steps")["apart"]]
    told = ", ".join(f"{one:.0f}" for one in apart)
    return [Figure("stages: two workers apart, at most", max(apart), 200, "ms", f"stage by stage: {told} ms")]
