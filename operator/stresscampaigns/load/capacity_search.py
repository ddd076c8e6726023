"""The highest load that is sustained, searched while the load is on: trial after trial, each judged by exact counts."""

from dataclasses import dataclass, field

from stresscampaigns.api.load import CapacityResult, CapacitySearch, CapacityTrial, RequestStats
from stresscampaigns.api.units import show_seconds
from stresscampaigns.stats.capacity import Found, Search, Trial, TrialRequest, next_trial
from stresscampaigns.stats.histogram import decode, merged, percentile_us


@dataclass
class RunningSearch:
    """The trials so far. `users` are whole: where the search asks for 33.4 users, 33 are tried."""

    plan: CapacitySearch
    _done: list[Trial] = field(default_factory=list)
    _shown: list[CapacityTrial] = field(default_factory=list)

    def next(self) -> TrialRequest | Found:
        """What comes next."""
        plan = self.plan
        search = Search(
            plan.lowest,
            plan.highest,
            duration=plan.duration,
            confirm_duration=plan.confirm_duration,
            confirmations=plan.confirmations,
            most_trials=plan.most_trials,
        )
        return next_trial(search, self._done)

    def add(
        self, request: TrialRequest, start: float, end: float, requests: list[RequestStats]
    ) -> CapacityTrial:
        """A trial is over: judged by what completed between `start` and `end`."""
        passed, reason = judged(self.plan, requests)
        good = sum(one.count - sum(one.failures.values()) for one in requests)
        trial = CapacityTrial(
            users=round(request.load),
            start=start,
            end=end,
            passed=passed,
            reason=reason,
            throughput=good / (end - start),
            **_latencies(requests),
        )
        self._done.append(Trial(request.load, request.duration, passed, reason))
        self._shown.append(trial)
        return trial

    def result(self, found: Found) -> CapacityResult:
        """What all of them have shown, in whole users."""
        return CapacityResult(
            lower=None if found.lower is None else round(found.lower),
            upper=None if found.upper is None else round(found.upper),
            complete=found.complete,
            notes=list(found.notes),
            trials=self._shown,
        )


def _latencies(requests: list[RequestStats]) -> dict[str, float]:
    """The trial's key percentiles in seconds, from its merged counts; none where nothing completed."""
    if not any(one.count for one in requests):
        return {}
    whole = merged(decode(one.histogram) for one in requests)
    return {f"p{percentile}": percentile_us(whole, percentile) / 1e6 for percentile in (50, 95, 99)}


def judged(plan: CapacitySearch, requests: list[RequestStats]) -> tuple[bool, str]:
    """Was the load sustained? The words hold the numbers."""
    count = sum(one.count for one in requests)
    if not count:
        return False, "no request completed"
    errors = sum(sum(one.errors.values()) for one in requests)
    ratio = (sum(sum(one.failures.values()) for one in requests) + errors) / (count + errors)
    latency = percentile_us(merged(decode(one.histogram) for one in requests), plan.percentile) / 1e6
    words = f"{ratio:.2%} failed, p{plan.percentile:g} {show_seconds(latency)} of {count} requests"
    return ratio <= plan.max_error_ratio and latency <= plan.max_latency, words
