"""The `StressRun` object of a run that is due."""

from stresscampaigns.api.base import API_VERSION, CAMPAIGN_LABEL, FINALIZER, REHEARSAL_LABEL
from stresscampaigns.api.run import StressRunSpec
from stresscampaigns.core.campaigns import CampaignView, NewRun
from stresscampaigns.core.clocktime import to_rfc3339
from stresscampaigns.manifests.manifest import Manifest, Metadata, Part


def run_manifest(campaign: CampaignView, run: NewRun) -> Manifest:
    """A frozen copy of what the campaign asks for, owned by it."""
    spec = StressRunSpec(
        campaign=campaign.name,
        campaign_generation=campaign.generation,
        trigger=run.trigger,
        intended_time=to_rfc3339(run.intended),
        rehearsal=run.rehearsal,
        dry_run=run.dry or campaign.spec.dry_run or None,
        template=campaign.spec.template(),
    )
    owner: Part = {
        "apiVersion": API_VERSION,
        "kind": "StressCampaign",
        "name": campaign.name,
        "uid": campaign.uid,
        "controller": True,
        "blockOwnerDeletion": True,
    }
    metadata: Metadata = {
        "name": run.name,
        "namespace": campaign.namespace,
        "labels": {CAMPAIGN_LABEL: campaign.name, **({REHEARSAL_LABEL: "true"} if run.rehearsal else {})},
        "ownerReferences": [owner],
        "finalizers": [FINALIZER],
    }
    return {"apiVersion": API_VERSION, "kind": "StressRun", "metadata": metadata, "spec": spec.to_wire()}
