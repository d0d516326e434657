"""What every table of the file is."""

from pydantic import BaseModel, ConfigDict


class Table(BaseModel):
    """A table of the file. Unknown keys are refused, and no value is bent into another type."""

    model_config = ConfigDict(strict=True, extra="forbid", frozen=True)
