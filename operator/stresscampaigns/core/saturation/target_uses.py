"""What is known of the target's resources, whoever told it. Pure."""

from collections.abc import Mapping, Sequence

from stresscampaigns.core.coverage import changed_pods
from stresscampaigns.core.observation import History, Pod
from stresscampaigns.core.progress import RunView
from stresscampaigns.core.saturation.incidents import steady
from stresscampaigns.core.saturation.live_use import or_live
from stresscampaigns.core.saturation.uses import Use, all_uses


def target_uses(run: RunView, histories: Mapping[str, History], pods: Sequence[Pod]) -> list[Use]:
    """The target's resources, by Prometheus, or else by what was told while the load was on.

    Args:
        pods: the target's, as they are now.
    """
    always, changed = steady(run.status.target_pods or [], pods), changed_pods(run, pods)
    found = all_uses(run.template, histories, pods, always, run.started_at, changed)
    return [or_live(one, run.status.live_use, pods) for one in found]
