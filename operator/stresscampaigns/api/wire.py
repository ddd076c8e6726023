"""The base of all that travels between the operator and the load pods."""

from pydantic import BaseModel, ConfigDict


class Wire(BaseModel):
    """Immutable; refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
