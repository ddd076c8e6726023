"""A Locust file of the user's own: in a ConfigMap, or in an image that brings what the file imports."""

from typing import Annotated, Self

from pydantic import ConfigDict, Field, StringConstraints, model_validator

from stresscampaigns.api.base import IMAGE_PATTERN, Model, cel, rules
from stresscampaigns.api.selection import KEY_PATTERN

FILE_PATTERN = r"^(/[-._a-zA-Z0-9]+)+$"
DEFAULT_KEY = "locustfile.py"

_ONE_PLACE = cel(
    "has(self.configMap) != has(self.path)",
    "give either configMap (it holds the Locust file) or path (the file is in the image): exactly one of them says "
    "where the file is",
)
_PATH_IN_IMAGE = cel(
    "!has(self.path) || has(self.image)",
    "path is that of a file inside an image of your own: give image, too",
    ".path",
)
_NOT_IN_TMP = cel(
    "!has(self.path) || !self.path.startsWith('/tmp/')",
    "in a load pod /tmp is an empty folder: put the file elsewhere in the image, like /locust/locustfile.py",
    ".path",
)
_KEY_OF_CONFIG_MAP = cel(
    "!has(self.key) || has(self.configMap)",
    "key is one of a ConfigMap: give configMap, or leave key out",
    ".key",
)


class LocustfileSource(Model):
    """A Locust file of the user's own, and the image in which it runs."""

    model_config = ConfigDict(
        json_schema_extra=rules(_ONE_PLACE, _PATH_IN_IMAGE, _NOT_IN_TMP, _KEY_OF_CONFIG_MAP)
    )
    image: Annotated[str, StringConstraints(pattern=IMAGE_PATTERN, max_length=500)] | None = Field(
        default=None,
        description="An image built FROM the operator's load image, with what the file imports; left out: the load "
        "image itself.",
        examples=["registry.example/my-load:1"],
    )
    path: Annotated[str, StringConstraints(pattern=FILE_PATTERN, max_length=500)] | None = Field(
        default=None,
        description="Where the file is in the image.",
        examples=["/locust/locustfile.py"],
    )
    config_map: Annotated[str, StringConstraints(min_length=1, max_length=253)] | None = Field(
        default=None, description="Name of a ConfigMap of the campaign's namespace that holds the file."
    )
    key: Annotated[str, StringConstraints(pattern=KEY_PATTERN, max_length=253)] | None = Field(
        default=None, description=f"Key of the file in the ConfigMap; left out: {DEFAULT_KEY}."
    )

    @model_validator(mode="after")
    def _one_place(self) -> Self:
        if (self.config_map is None) == (self.path is None):
            raise ValueError("give either configMap or path: one of them says where the Locust file is")
        return self
