"""Objects as the API server holds them → views that decisions understand."""

from collections.abc import Mapping
from typing import get_args

from pydantic import ValidationError

from stresscampaigns.api.base import DRY_RUN_ANNOTATION, REHEARSE_ANNOTATION, RUN_NOW_ANNOTATION
from stresscampaigns.api.campaign import RunTemplate, StressCampaignSpec, StressCampaignStatus, Target
from stresscampaigns.api.run import StressRunSpec, StressRunStatus
from stresscampaigns.api.status import Verdict
from stresscampaigns.core import campaigns, progress
from stresscampaigns.core.clocktime import from_rfc3339
from stresscampaigns.runtime.store import Body

VERDICTS = get_args(Verdict)


class InvalidObject(ValueError):
    """The object does not fit its model; the message names each field and what is wrong with it."""


def campaign_view(body: Body) -> campaigns.CampaignView:
    """A campaign.

    Raises:
        InvalidObject: its spec is wrong.
    """
    metadata = body["metadata"]
    try:
        spec = StressCampaignSpec.model_validate(body["spec"])
    except ValidationError as error:
        raise InvalidObject(_words("spec", error)) from error
    return campaigns.CampaignView(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=metadata["generation"],
        created=from_rfc3339(metadata["creationTimestamp"]),
        spec=spec,
        status=campaign_status(body),
        run_now=(metadata.get("annotations") or {}).get(RUN_NOW_ANNOTATION),
        rehearse=(metadata.get("annotations") or {}).get(REHEARSE_ANNOTATION),
        dry_run=(metadata.get("annotations") or {}).get(DRY_RUN_ANNOTATION),
        deleting="deletionTimestamp" in metadata,
    )


def campaign_status(body: Body) -> StressCampaignStatus:
    """A campaign's status; one that an older release wrote and we cannot read counts as none."""
    try:
        return StressCampaignStatus.model_validate(body.get("status") or {})
    except ValidationError:
        return StressCampaignStatus()


def run_view(body: Body) -> progress.RunView:
    """A run.

    Raises:
        InvalidObject: its spec or its status is wrong.
    """
    metadata = body["metadata"]
    try:
        spec = StressRunSpec.model_validate(body["spec"])
        status = StressRunStatus.model_validate(body.get("status") or {})
    except ValidationError as error:
        raise InvalidObject(_words("run", error)) from error
    return progress.RunView(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=metadata["generation"],
        spec=spec,
        status=status,
    )


def run_shell(body: Body) -> progress.RunView:
    """As much of a run as can be had when it cannot be read: enough to say so, to stop it, to let it go."""
    metadata, template = body["metadata"], body["spec"].get("template") or {}
    target = Target.model_construct(namespace=namespace_in(template))
    faults = [namespace_in(one) for one in template.get("faults") or [] if isinstance(one, dict)]
    spec = StressRunSpec.model_construct(template=RunTemplate.model_construct(target=target))
    return progress.RunView(
        name=metadata["name"],
        namespace=metadata["namespace"],
        uid=metadata["uid"],
        generation=metadata["generation"],
        spec=spec,
        status=_run_status(body.get("status") or {}),
        unread_namespaces=tuple(filter(None, faults)),
    )


def namespace_in(targeted: Mapping[str, object]) -> str | None:
    """Of a spec, or a fault, that nobody may be able to read: the namespace of its target, where it names one."""
    target = targeted.get("target")
    found = target.get("namespace") if isinstance(target, dict) else None
    return found if isinstance(found, str) else None


def _run_status(status: Mapping[str, object]) -> StressRunStatus:
    """Of a status that cannot be read, only whether the run is over."""
    try:
        return StressRunStatus.model_validate(status)
    except ValidationError:
        return StressRunStatus(phase="Finished" if status.get("phase") == "Finished" else None)


def run_summary(body: Body) -> campaigns.RunView:
    """What a campaign knows of one of its runs; a verdict of another release counts as none."""
    status: Body = body.get("status") or {}
    verdict = status.get("verdict")
    dry = bool(body["spec"].get("dryRun"))
    return campaigns.RunView(
        name=body["metadata"]["name"],
        intended=_moment(body["spec"]["intendedTime"]),
        finished=status.get("phase") == "Finished",
        verdict=verdict if verdict in VERDICTS else None,
        failed_checks=tuple(filter(None, (status.get("failedChecks") or "").split(", "))),
        generation=body["spec"].get("campaignGeneration"),
        rehearsal=dry or "rehearsal" in body["spec"] or body["spec"].get("trigger") == "Rehearsal",
        dry=dry,
    )


def _moment(text: str) -> float:
    """Of a run made by hand, perhaps; what cannot be read was long ago."""
    try:
        return from_rfc3339(text)
    except ValueError:
        return 0.0


def _words(root: str, error: ValidationError) -> str:
    problems = (f"{'.'.join([root, *map(str, one['loc'])])}: {one['msg']}" for one in error.errors())
    return "; ".join(problems)
