"""What all sections of our configuration files have in common."""

from pydantic import BaseModel, ConfigDict, Field

Port = Field(ge=0, le=65_535)


class Section(BaseModel):
    """Frozen; unknown keys are refused, and so are values of another type."""

    model_config = ConfigDict(frozen=True, extra="forbid", strict=True)
