"""The base of all that travels between the operator and the load pods."""

from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

Moment = Annotated[float, Field(ge=0, lt=253_402_300_800, allow_inf_nan=False)]
"""Epoch seconds, before the year 10,000: no calendar of ours knows later ones."""


class Wire(BaseModel):
    """Immutable; refuses what it does not know."""

    model_config = ConfigDict(extra="forbid", frozen=True, defer_build=True)
