"""Creates objects in a namespace, so that doing it again after a crash does no harm."""

from collections.abc import Sequence

from stresscampaigns.adapters.kubernetes_api import KubernetesApi
from stresscampaigns.adapters.kubernetes_errors import AlreadyThere, NotAllowed, NotFound, Refused
from stresscampaigns.manifests.manifest import Manifest
from stresscampaigns.runtime.ports import Refusal

COLLECTIONS = {
    "ConfigMap": "/api/v1/namespaces/{}/configmaps",
    "Service": "/api/v1/namespaces/{}/services",
    "Job": "/apis/batch/v1/namespaces/{}/jobs",
}


async def create_load(api: KubernetesApi, manifests: Sequence[Manifest]) -> None:
    """What is there already counts as done.

    Raises:
        Refusal: in the API server's words.
    """
    for manifest in manifests:
        try:
            await api.create(_collection(manifest), manifest)
        except AlreadyThere:
            continue
        except (NotAllowed, Refused) as error:
            raise Refusal(f"the load could not be created: {error}") from error


async def keep_record(api: KubernetesApi, manifests: Sequence[Manifest], instead: bool) -> None:
    """What is there already gives way: we wrote it before we were interrupted, and may neither read nor change it.

    Args:
        instead: False for a record without results: where another is there, it may have what is lost by now.

    Raises:
        Refusal: in the API server's words.
    """
    for manifest in manifests:
        collection = _collection(manifest)
        try:
            try:
                await api.create(collection, manifest)
            except AlreadyThere:
                if not instead:
                    return
                await api.delete(f"{collection}/{manifest['metadata']['name']}")
                await api.create(collection, manifest)
        except (NotAllowed, NotFound, Refused) as error:
            raise Refusal(f"the run's record could not be kept: {error}") from error


def _collection(manifest: Manifest) -> str:
    return COLLECTIONS[manifest["kind"]].format(manifest["metadata"]["namespace"])
