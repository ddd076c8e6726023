"""What is known of the target's resources, whoever told it. Pure."""

from collections.abc import Mapping, Sequence
from dataclasses import replace

from stresscampaigns.api.saturation import BUILT_IN
from stresscampaigns.core.coverage import changed_pods
from stresscampaigns.core.observation import History, Pod
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.incidents import steady
from stresscampaigns.core.saturation.live_use import or_live
from stresscampaigns.core.saturation.questions import MOST_PODS
from stresscampaigns.core.saturation.uses import Use, all_uses


def target_uses(run: RunView, histories: Mapping[str, History], pods: Sequence[Pod]) -> list[Use]:
    """The target's resources, by Prometheus, or else by what was told while the load was on.

    Args:
        pods: the target's, as they are now.
    """
    always, changed = steady(run.status.target_pods or [], pods), changed_pods(run, pods)
    found = all_uses(run.template, histories, pods, always, run.started_at, changed)
    names = {one.name for one in run.status.target_pods or []} | {one.name for one in pods}
    return [or_live(_of_so_many(one, len(names)), run.status.live_use, pods) for one in found]


def _of_so_many(use: Use, pods: int) -> Use:
    """Of those that no question has room for nothing is known, be they there all the time or not."""
    if use.name not in BUILT_IN or pods <= MOST_PODS:
        return use
    return replace(use, gaps=(*use.gaps, f"of {pods} pods {MOST_PODS} were asked about"))
