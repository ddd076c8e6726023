"""Which pods: selectors and how many of what they match."""

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field, StringConstraints

from stresscampaigns.api.base import Model, cel, rules

NAME_PATTERN = r"^[a-z0-9]([-a-z0-9]*[a-z0-9])?$"
FAULT_OR_EVERY_PATTERN = rf"^\*$|{NAME_PATTERN}"
Name = Annotated[str, StringConstraints(pattern=NAME_PATTERN, min_length=1, max_length=40)]
"""A name inside a campaign: lower-case letters, digits and dashes, as a DNS label."""

SYSTEM_NAMESPACES = ("kube-node-lease", "kube-public", "kube-system")
"""Kubernetes' own: nothing of ours ever touches them."""
NO_SYSTEM_NAMESPACE = cel(
    f"!(self in {list(SYSTEM_NAMESPACES)})",
    "a system namespace is never a target: use one of a staging system",
)
KEY_PATTERN = r"^[-._a-zA-Z0-9]+$"
"""Of a key in a Secret or a ConfigMap."""
OBJECT_NAME_PATTERN = r"^[a-z0-9]([-.a-z0-9]*[a-z0-9])?$"
Namespace = Annotated[str, StringConstraints(pattern=NAME_PATTERN, min_length=1, max_length=63)]
"""As Kubernetes has it: it becomes a part of paths at the API server, and must lead nowhere else there."""
ObjectName = Annotated[str, StringConstraints(pattern=OBJECT_NAME_PATTERN, min_length=1, max_length=253)]
"""Of a Secret, a ConfigMap, a Deployment: a DNS subdomain, as Kubernetes has it."""
LABEL_VALUE_PATTERN = r"^([A-Za-z0-9]([-A-Za-z0-9_.]{0,61}[A-Za-z0-9])?)?$"
LabelValue = Annotated[str, StringConstraints(pattern=LABEL_VALUE_PATTERN, max_length=63)]
_PART = "[a-z0-9]([-a-z0-9]*[a-z0-9])?"
_LABEL_PATTERN = rf"^({_PART}([.]{_PART})*/)?[A-Za-z0-9]([-A-Za-z0-9_.]{{0,61}}[A-Za-z0-9])?$"
_LONGEST_LABEL = 253 + 1 + 63
_NO_LABEL = (
    "a label has letters, digits, dashes, underscores and dots, 63 characters at most, and perhaps a domain and a "
    "slash in front, like app or app.kubernetes.io/name"
)
_LABELS = cel(
    f"self.all(label, label.size() <= {_LONGEST_LABEL} && label.matches('{_LABEL_PATTERN}'))", _NO_LABEL
)


def _labels(found: dict[str, str]) -> dict[str, str]:
    """The API server refuses a question with any other: nobody would ever learn which pods are meant."""
    if not all(len(label) <= _LONGEST_LABEL and re.fullmatch(_LABEL_PATTERN, label) for label in found):
        raise ValueError(_NO_LABEL)
    return found


class LabelSelector(Model):
    """Picks pods by their labels."""

    match_labels: Annotated[dict[str, LabelValue], AfterValidator(_labels)] = Field(
        min_length=1,
        max_length=16,
        description="A pod is picked when it has every one of these labels.",
        json_schema_extra=rules(_LABELS),
    )

    def as_query(self) -> str:
        """The selector as the API server's `labelSelector` parameter."""
        return ",".join(f"{key}={value}" for key, value in sorted(self.match_labels.items()))


class PodTarget(Model):
    """The pods that a fault breaks."""

    namespace: Namespace | None = Field(
        default=None,
        description="Theirs, whose owner must have let faults in; left out: the target's.",
        json_schema_extra=rules(NO_SYSTEM_NAMESPACE),
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="Picks the pods among those of the namespace; left out of a BadRollout alone.",
    )
    container: Annotated[str, StringConstraints(pattern=NAME_PATTERN, min_length=1, max_length=63)] | None = (
        Field(
            default=None,
            description="For faults within a container: which; left out: the pod's first. For a BadRollout: which of "
            "its Deployment's is changed; left out: the only one.",
        )
    )


LONGEST_CAMPAIGN_NAME = 52
"""As CronJob's: a run's name gets up to 11 characters more, and it is a label's value, which holds 63."""
LONGEST_RUN_NAME = 63

Mode = Literal["one", "all", "fixed", "fixed-percent", "random-max-percent"]
"""As Chaos Mesh has them."""
COUNTED = ("fixed", "fixed-percent", "random-max-percent")
"""Modes that need a value."""
