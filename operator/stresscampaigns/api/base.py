"""The base of every resource model: camelCase outside, snake_case inside, unknown fields refused."""

from collections.abc import Sequence
from typing import TypeVar

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel, to_snake
from pydantic.config import JsonDict

GROUP = "stresscampaigns.dev"
VERSION = "v1alpha1"
API_VERSION = f"{GROUP}/{VERSION}"

ALLOWED_LABEL = f"{GROUP}/allowed"
"""A namespace's owner lets us in with this label: `true` for load and faults, `load` for load alone. Without it nothing
of ours touches the namespace; taking it away ends what is under way there."""
MAX_FAULT_SHARE_ANNOTATION = f"{GROUP}/max-fault-share"
"""On a namespace: of the pods that a selector picks, no campaign breaks more than this share at once, like `50%`."""
TRUSTS_ANNOTATION = f"{GROUP}/trusts"
"""On a namespace: others, separated by commas, whose campaigns may use its Secrets, change its Deployments and run
programs of their own in its pods. Who may write a campaign there need have no right here."""
CAMPAIGN_LABEL = f"{GROUP}/campaign"
RUN_LABEL = f"{GROUP}/run"
ROLE_LABEL = f"{GROUP}/role"
RUN_NOW_ANNOTATION = f"{GROUP}/run-now"
"""On a campaign: a new value asks for one run now."""
REHEARSE_ANNOTATION = f"{GROUP}/rehearse"
"""On a campaign: a new value asks for one run in compressed time. It begins with a length, like `3m`; what follows
after a space makes the value new."""
DRY_RUN_ANNOTATION = f"{GROUP}/dry-run"
"""On a campaign: a new value asks once for what a run would do now, without load and faults."""
REHEARSAL_LABEL = f"{GROUP}/rehearsal"
"""On a run: `true` where it is one."""
ABORT_ANNOTATION = f"{GROUP}/abort"
"""On a run: its presence stops load and faults at once; its value is the reason."""
ROLLBACK_ANNOTATION = f"{GROUP}/rollback"
"""On a Deployment whose bad revision is out: what is needed to roll it back, and by when. `Rollback` in JSON."""
BAD_REVISION_ANNOTATION = f"{GROUP}/bad-revision"
"""On the pods of a bad revision, and in their Deployment's template: whose it is."""
FINALIZER = f"{GROUP}/stop-load-and-faults"

HOST_PATTERN = r"([-A-Za-z0-9._]+|\[[0-9A-Fa-f:.]+\])(:[0-9]{1,5})?"
"""A host in a URL, and its port: what everybody reads alike, for whose it is decides who is asked."""
_A_LINK_LOCAL = r"169[.]254[.][0-9]+[.][0-9]+|\[[fF][eE][89abAB][0-9a-fA-F]:[^\]]*\]"
LINK_LOCAL_PATTERN = rf"^https?://([^/?#@]*@)?({_A_LINK_LOCAL})(:|/|$)"
"""A URL of a link-local address, as such are mostly written; whether a name leads to one is seen when it is asked."""
# No \s: whose white space that is, Go and Rust do not agree, and what the one takes the other would refuse.
URL_PATTERN = rf"^https?://([^\x00-\x20\x7f/?#@\\]+@)?{HOST_PATTERN}(/[^\x00-\x20\x7f]*)?$"
IMAGE_PATTERN = r"^[a-zA-Z0-9][-._:/@a-zA-Z0-9]*$"
"""An image's name, with its tag or digest."""


class Model(BaseModel):
    """Immutable; refuses unknown fields, so that a misspelt one is never silently dropped."""

    model_config = ConfigDict(
        alias_generator=to_camel,
        populate_by_name=True,
        extra="forbid",
        frozen=True,
        use_enum_values=True,
    )

    def to_wire(self) -> dict[str, object]:
        """The model as the JSON object that the API server stores: camelCase, nothing that is unset."""
        return self.model_dump(mode="json", by_alias=True, exclude_none=True)


Kind = TypeVar("Kind", bound=str)


def asked(model: Model, kinds: Sequence[Kind]) -> Kind:
    """Which of these questions, by their fields' names outside, the model asks: the first that is there.

    Raises:
        StopIteration: none; admission refuses such a one.
    """
    return next(kind for kind in kinds if getattr(model, to_snake(kind)) is not None)


def cel(rule: str, message: str, field_path: str | None = None, unless: str | None = None) -> JsonDict:
    """One `x-kubernetes-validations` entry: the rule must hold, else the message is shown.

    Args:
        unless: another one's business. CEL's `||` takes no notice of an error in the one when the other holds, so the
            rule may read there what cannot be read.
    """
    entry: JsonDict = {"rule": f"({rule}) || {unless}" if unless else rule, "message": message}
    return {**entry, "fieldPath": field_path} if field_path else entry


def no_link_local() -> JsonDict:
    """The rule of a URL at which somebody is asked."""
    pattern = LINK_LOCAL_PATTERN.replace("\\", "\\\\")
    return cel(
        f"!self.matches('{pattern}')",
        "a link-local address is never asked: clouds give away credentials there",
    )


def unique_names(what: str) -> JsonDict:
    """The rule of a list whose items are told apart by their names."""
    return cel(
        "self.all(a, self.exists_one(b, b.name == a.name))",
        f"two {what} have the same name: each needs its own",
    )


def object_name_rule(longest: int) -> JsonDict:
    """A resource's own name goes into names of Services, which begin with a letter and have no dots."""
    return cel(
        f"self.metadata.name.size() <= {longest} && self.metadata.name.matches('^[a-z]([-a-z0-9]*[a-z0-9])?$')",
        f"metadata.name needs lower-case letters, digits and dashes only, a letter first, {longest} characters "
        "at most: names of Jobs and Services are made from it",
    )


def rules(*entries: JsonDict) -> JsonDict:
    """CEL rules of a model or a field, for its `json_schema_extra`."""
    return {"x-kubernetes-validations": [*entries]}
