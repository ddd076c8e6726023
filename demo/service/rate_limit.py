"""A token bucket, and a limiter that counts. Time is a parameter, so that both can be tested."""

from service import metrics

_HAIR = 1e-7
"""Sums of floats: who comes exactly when it was told may find a hair less than one token."""


class TokenBucket:
    """Lets `rate` requests a second through, and bursts up to `burst`."""

    def __init__(self, rate: float, burst: float, now: float) -> None:
        self._rate = rate
        self._burst = max(1.0, burst)
        self._tokens = self._burst
        self._at = now

    def take(self, now: float) -> float:
        """0 when a request may pass, else the seconds after which one may."""
        self._tokens = min(self._burst, self._tokens + (now - self._at) * self._rate)
        self._at = now
        if self._tokens >= 1 - _HAIR:
            self._tokens -= 1
            return 0.0
        return (1 - self._tokens) / self._rate


class Limiter:
    """A token bucket that tells Prometheus what it refuses."""

    def __init__(self, name: str, bucket: TokenBucket) -> None:
        self._bucket = bucket
        self._rejected = metrics.LIMITED.labels(name)

    def wait(self, now: float) -> float:
        """0 when a request may pass, else the seconds after which one may."""
        seconds = self._bucket.take(now)
        if seconds:
            self._rejected.inc()
        return seconds
