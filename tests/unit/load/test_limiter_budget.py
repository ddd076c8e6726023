"""A rate limiter that counts for itself what it lets through, asked by more than one worker. Real processes."""

import math
import time
from pathlib import Path

from stresscampaigns.api.load_result import LoadResult
from tests.unit.load.counting_server import Answer, CountingServer
from tests.unit.load.distributed import DistributedLoad, plan, whole


class TokenBucket:
    """So many requests at once, and so many more each second; the rest is refused."""

    def __init__(self, burst: int, rate: float) -> None:
        self._burst, self._rate = burst, rate
        self._tokens, self._filled = float(burst), time.monotonic()

    def __call__(self, path: str) -> Answer:
        now = time.monotonic()
        self._tokens = min(self._burst, self._tokens + (now - self._filled) * self._rate)
        self._filled = now
        if self._tokens >= 1:
            self._tokens -= 1
            return 200, {}
        return 429, {"Retry-After": str(math.ceil((1 - self._tokens) / self._rate))}


def counts(result: LoadResult) -> dict[str, int]:
    requests = whole(result).requests
    assert all(one.failures == {} for one in requests)
    return {one.name: one.count for one in requests}


def test_what_a_token_bucket_lets_through_and_refuses_is_found_to_the_request(tmp_path: Path) -> None:
    """Two workers of eight users each ask ten times as often as the bucket of 20 and 50 a second allows."""
    words = {
        "stages": [{"name": "only", "users": 16, "duration": 2}],
        "scenarios": [{"name": "rate-limiter", "parameters": {"thinkTime": "20ms"}}],
    }
    with (
        CountingServer(TokenBucket(burst=20, rate=50)) as server,
        DistributedLoad(plan(server.url, **words), tmp_path) as load,
    ):
        result = load.result()
    assert counts(result) == {
        "GET /limited": server.by_status[200],
        "GET /limited refused": server.by_status[429],
    }
    assert min(server.by_status[200], server.by_status[429]) > 50
