"""Parts of a fault that are models of their own, and how much may be broken at once."""

from typing import Annotated

from pydantic import ConfigDict, Field, StringConstraints

from stresscampaigns.api.base import MAX_FAULT_SHARE_ANNOTATION, Model, cel, rules
from stresscampaigns.api.selection import KEY_PATTERN, LabelSelector, Namespace, ObjectName
from stresscampaigns.api.units import PERCENT_PATTERN

SHARE_RULE = cel(
    "double(self.replace('%', '')) > 0.0 && double(self.replace('%', '')) <= 100.0",
    "share is more than 0% and 100% at most",
    unless=f"!self.matches(r'{PERCENT_PATTERN}')",
)
_BYTE, _BITS_OF_IPV4, _BITS_OF_IPV6 = (
    "(25[0-5]|2[0-4][0-9]|1?[0-9]?[0-9])",
    "([12]?[0-9]|3[0-2])",
    "(1[01][0-9]|12[0-8]|[0-9]{1,2})",
)
_ADDRESS = cel(
    rf"self.matches(r'^({_BYTE}(\.{_BYTE}){{3}}(/{_BITS_OF_IPV4})?|[0-9a-fA-F]*:[0-9a-fA-F:.]*(/{_BITS_OF_IPV6})?)$')",
    "write an address or a range of them, like 10.0.0.7 or 10.1.0.0/16; a name is none",
)


class Peers(Model):
    """The other end of the traffic that is hit."""

    model_config = ConfigDict(
        json_schema_extra=rules(
            cel("has(self.selector) != has(self.cidrs)", "peers are named by either selector or cidrs"),
            cel("!has(self.namespace) || has(self.selector)", "namespace goes with a selector", ".namespace"),
        )
    )
    namespace: Namespace | None = Field(
        default=None, description="Of the pods that the selector picks; left out: the target's."
    )
    selector: LabelSelector | None = Field(
        default=None,
        description="Pods of the namespace and the Services in front of them, as they are at the start.",
    )
    cidrs: (
        list[
            Annotated[
                str,
                StringConstraints(pattern=r"^[0-9a-fA-F:.]+(/[0-9]{1,3})?$", max_length=43),
                Field(json_schema_extra=rules(_ADDRESS)),
            ]
        ]
        | None
    ) = Field(
        default=None, min_length=1, max_length=32, description="Addresses, like 10.0.0.7 or 10.1.0.0/16."
    )


SecretKey = Annotated[str, StringConstraints(pattern=KEY_PATTERN, max_length=253)]


class Credentials(Model):
    """A login to a database, out of a Secret of the pod's namespace: only the sidecar ever gets it."""

    secret: ObjectName = Field(description="Name of the Secret.")
    username_key: SecretKey = Field(default="username", description="Its key that holds the user's name.")
    password_key: SecretKey = Field(default="password", description="Its key that holds the password.")
    database: Annotated[str, StringConstraints(min_length=1, max_length=63)] = Field(
        default="postgres", description="Name of the database that is logged in to."
    )


Parameter = Annotated[
    int | str, Field(json_schema_extra={"x-kubernetes-int-or-string": True, "maxLength": 256})
]


class FaultLimits(Model):
    """How much may be broken at once."""

    max_share: Annotated[str, StringConstraints(pattern=r"^[0-9]+(\.[0-9]+)?%$", max_length=12)] = Field(
        default="100%",
        description="Of the ready pods that a fault's selector picks, all faults together break no more than this "
        "share at once, rounded down. The namespace's owner can set a lower one with the annotation "
        f"{MAX_FAULT_SHARE_ANNOTATION}.",
        json_schema_extra=rules(SHARE_RULE),
    )
