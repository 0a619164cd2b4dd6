"""What is wrong with the engine's program."""

from qos.engine.errors import EngineError


class EngineProgramError(EngineError):
    """The engine's program is missing, cannot be built, or may not run. `next_step` is what helps."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class EngineMissing(EngineProgramError):
    """There is no engine program where one was looked for."""


class UnfitEngine(EngineProgramError):
    """The engine program is of a version that may not run."""


class InstallFailed(EngineProgramError):
    """The engine program could not be built."""


class BadSignState(EngineProgramError):
    """What the validator signed last cannot be read; guessing would risk signing twice."""

    def __init__(self, message: str) -> None:
        super().__init__(message, "find the last signed height in another copy of the file, or give the node a new key")


class BadKeyFile(EngineProgramError):
    """A key file is damaged."""

    def __init__(self, message: str) -> None:
        super().__init__(
            message, "restore the file from a backup, or remove it: a node without one gets a new identity"
        )
