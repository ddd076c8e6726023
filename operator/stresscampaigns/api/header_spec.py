"""Headers that the load sends with every request to its target: written out, or out of a Secret, as in `env`."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from stresscampaigns.api.base import Model, cel, rules
from stresscampaigns.api.selection import ObjectName

_CLIENTS_OWN = (
    "connection",
    "content-length",
    "expect",
    "host",
    "keep-alive",
    "proxy-connection",
    "te",
    "trailer",
    "transfer-encoding",
    "upgrade",
)
"""What says how a request is sent, and to whom: another word of it would make the request another one."""
_TOKEN = r"^[-!#$%&'*+.^_`|~0-9A-Za-z]+$"  # noqa: S105 - RFC 9110, section 5.6.2

FILE_NAME_PATTERN = r"^\.?[-_a-zA-Z0-9][-._a-zA-Z0-9]*$"
"""Of a key that becomes a file's name in a pod, where `..` would lead elsewhere."""

_ONE_SOURCE = cel(
    "has(self.value) != has(self.valueFrom)",
    "give either value or valueFrom: exactly one of them says what the header holds",
)
_IS_TOKEN = cel(
    "self.matches('{}')".format(_TOKEN.replace("'", r"\'")),
    "a header's name has letters, digits and dashes, no spaces and no colon, like X-Tenant",
)
_NOT_THE_CLIENTS = cel(
    f"!(self.lowerAscii() in {[*_CLIENTS_OWN]})",
    "this header is the client's own: it says how a request is sent, and to whom, which load and target.url decide",
)
# Not a pattern: of one that does not fit, Kubernetes would show the value.
_NO_CONTROL_CHARACTERS = cel(
    r"!self.matches('[\\x00-\\x08\\x0a-\\x1f\\x7f]')",
    "a header's value has no line breaks and no other control characters",
)
HEADERS_RULES = (
    cel(
        "self.all(a, self.exists_one(b, b.name.lowerAscii() == a.name.lowerAscii()))",
        "two headers have the same name, whose capitals do not count: give each once",
    ),
)
"""Of a load's headers."""


class SecretKeyRef(Model):
    """One key of a Secret."""

    name: ObjectName = Field(description="Name of a Secret of the campaign's namespace.")
    key: Annotated[str, StringConstraints(pattern=FILE_NAME_PATTERN, max_length=253)] = Field(
        description="Its key that holds the value."
    )


class HeaderSource(Model):
    """Where a value is kept."""

    secret_key_ref: SecretKeyRef = Field(description="In a Secret, which only the load's workers ever get.")


class Header(Model):
    """One header of every request to the target."""

    model_config = ConfigDict(json_schema_extra=rules(_ONE_SOURCE))
    name: Annotated[str, StringConstraints(pattern=_TOKEN, max_length=100)] = Field(
        description="Its name, like Authorization.",
        json_schema_extra=rules(_IS_TOKEN, _NOT_THE_CLIENTS),
    )
    value: Annotated[str, StringConstraints(max_length=4096)] | None = Field(
        default=None,
        description="What it holds, for everybody to read.",
        json_schema_extra=rules(_NO_CONTROL_CHARACTERS),
    )
    value_from: HeaderSource | None = Field(default=None, description="Where to find what it holds.")

    @model_validator(mode="after")
    def _one_source(self) -> Self:
        if (self.value is None) == (self.value_from is None):
            raise ValueError("give either value or valueFrom: exactly one of them says what the header holds")
        return self
