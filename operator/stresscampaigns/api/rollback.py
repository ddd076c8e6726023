"""What stands on a Deployment as long as a bad revision of ours is out: all that it takes to roll it back."""

from pydantic import Field, JsonValue, ValidationError

from stresscampaigns.api.base import Model


class ImageChange(Model):
    """The container's image."""

    before: str
    after: str


class EnvChange(Model):
    """One environment variable of the container."""

    name: str
    before: dict[str, JsonValue] | None = Field(
        default=None, description="Its entry in the template; None: there was none."
    )
    after: str = Field(description="Its value in the bad revision.")


class Rollback(Model):
    """Of one fault of one run. It lies on the Deployment itself, so that whoever may read that may read it."""

    run: str = Field(description="UID of the run.")
    fault: str
    at: float = Field(description="When it was rolled out, epoch seconds.")
    deadline: float = Field(description="When it is to be rolled back, epoch seconds.")
    generation: int = Field(
        description="The Deployment's, once it is rolled out: as long as it stays, nobody else has asked for anything."
    )
    container: str
    image: ImageChange | None = None
    env: list[EnvChange] = Field(default=[])

    @property
    def mark(self) -> str:
        """On the pods of the bad revision, so that they are told from all others."""
        return f"{self.run}.{self.fault}"

    def text(self) -> str:
        """As the annotation holds it."""
        return self.model_dump_json(by_alias=True, exclude_none=True)

    def of(self, run: str, fault: str) -> bool:
        """Is it this fault's?"""
        return (self.run, self.fault) == (run, fault)


def read_rollback(text: str | None) -> Rollback | None:
    """What an annotation says; None where there is none, or nobody can read it."""
    try:
        return Rollback.model_validate_json(text) if text is not None else None
    except ValidationError:
        return None
