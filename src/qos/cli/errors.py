"""One place that turns any error into what happened, why, and the next command; and into an exit code."""

import sys
from dataclasses import dataclass

from qos.base.errors import QosError, RuleViolation
from qos.base.strictjson import JsonObject, render_json
from qos.client.errors import (
    BadAnswer,
    CallFailed,
    CannotCombine,
    ClientError,
    Forked,
    NotIncluded,
    Refused,
    StaleNode,
    Unreachable,
)

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_UNREACHABLE = 3
START_FIRST = "qos up starts one"


class CommandError(QosError):
    """Root of what commands themselves find. `next_step` is the command or deed that helps."""

    def __init__(self, message: str, next_step: str = "") -> None:
        super().__init__(message)
        self.next_step = next_step


class UsageError(CommandError):
    """The command was given what it cannot use."""


class NotRunning(CommandError):
    """No network or node runs where one was expected."""

    def __init__(self, message: str, next_step: str = START_FIRST) -> None:
        super().__init__(message, next_step)


class Failed(CommandError):
    """A command could not do what it was asked, for a reason of its own."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Report:
    """What is printed of an error. `code` is stable inside `codespace`."""

    codespace: str
    code: int
    message: str
    next_step: str
    exit_code: int = EXIT_REFUSED


CLIENT_CODES: dict[type[ClientError], tuple[int, str]] = {
    Unreachable: (1, "qos status, then qos up; or give the address of a running node with --node"),
    BadAnswer: (2, "check that --node is the RPC address of a QOS chain"),
    CallFailed: (3, "qos status shows the heights and chains there are"),
    NotIncluded: (4, "qos query tx HASH, later"),
    CannotCombine: (6, "qos keys show NAME lists a multisig's members; qos tx sign --help"),
    Forked: (7, "believe neither node; ask those who run validators which header is theirs, then give it with --trust"),
    StaleNode: (5, "qos status, or ask another node with --node"),
}
"""Codes of codespace `client` and what to do next."""

NEXT_BY_CODE: dict[tuple[str, int], str] = {
    ("sdk", 5): "qos query bank balances ADDRESS shows what there is",
    ("sdk", 6): "this chain may not have the module: choose another with --chain, qos status lists them",
    ("sdk", 9): "send the account something first, or check --from with qos keys list",
    ("sdk", 11): "leave --gas out: it is then simulated",
    ("sdk", 13): "leave --fee out: the least fee is then offered",
    ("sdk", 19): "the same transaction is waiting already: qos query tx HASH",
    ("sdk", 20): "try again in a few seconds",
    ("sdk", 37): "sign it with --sign-mode direct",
    ("sdk", 32): "another transaction of this account came in between: run the command again",
    ("consortium", 1): "qos ca issue node NAME, then qos ca register NAME --account ADDRESS",
    ("consortium", 2): "qos ca issue node NAME, then qos ca register NAME --account ADDRESS",
    ("consortium", 3): "qos ca issue node NAME, then qos ca register NAME --account ADDRESS",
    ("consortium", 4): "qos query consortium roots shows the CAs this chain believes",
    ("consortium", 7): "qos ca issue node ANOTHER, then register that",
    ("consortium", 8): "qos query consortium revoked ISSUER shows the last list",
    ("consortium", 11): "qos business new makes a chain with a consortium",
    ("lightclient", 16): "ask another node with --witness",
    ("lightclient", 2): "give a newer trust root with --trust HEIGHT:HASH from a source you believe",
}
"""What to do next about a rule's error, beside what its sentence says."""


def report_of(error: QosError) -> Report:
    """Describe an error."""
    if isinstance(error, UsageError):
        return Report(codespace="cli", code=1, message=str(error), next_step=error.next_step, exit_code=EXIT_USAGE)
    if isinstance(error, NotRunning):
        next_step, exit_code = error.next_step, EXIT_UNREACHABLE
        return Report(codespace="cli", code=3, message=str(error), next_step=next_step, exit_code=exit_code)
    if isinstance(error, Refused):
        return _of_rule(error.codespace, error.code, str(error))
    if isinstance(error, RuleViolation):
        return _of_rule(error.codespace, error.number, str(error))
    if isinstance(error, ClientError):
        code, next_step = CLIENT_CODES[type(error)]
        exit_code = EXIT_UNREACHABLE if isinstance(error, Unreachable) else EXIT_REFUSED
        return Report(codespace="client", code=code, message=str(error), next_step=next_step, exit_code=exit_code)
    return _of_own(error)


def _of_rule(codespace: str, code: int, message: str) -> Report:
    return Report(codespace=codespace, code=code, message=message, next_step=NEXT_BY_CODE.get((codespace, code), ""))


def _of_own(error: QosError) -> Report:
    from qos.engine.cometbft.errors import EngineProgramError
    from qos.node.errors import NodeEnded, NodeError

    for kind, (codespace, code, next_step) in own_codes().items():
        if isinstance(error, kind):
            said = error.next_step if isinstance(error, NodeError | Failed | EngineProgramError) else ""
            # A supervisor above the node acts on these (ADR 0022).
            exit_code = error.exit_code if isinstance(error, NodeEnded) else EXIT_REFUSED
            return Report(
                codespace=codespace, code=code, message=str(error), next_step=said or next_step, exit_code=exit_code
            )
    return Report(codespace="cli", code=2, message=str(error), next_step="")


def own_codes() -> dict[type[QosError], tuple[str, int, str]]:
    """Return codespace, code and next step of the programs' own errors, narrower classes first."""
    from qos.engine.cometbft.errors import BadKeyFile, BadSignState, EngineMissing, InstallFailed, UnfitEngine
    from qos.node.errors import BadConfig, HomeInUse, NodeError, PortTaken, StartFailed
    from qos.store.errors import StoreError
    from qos.wallet.errors import (
        BadCaFolder,
        BadKeystore,
        BadPhrase,
        BadRequest,
        KeyExists,
        NoSuchKey,
        WalletError,
        WrongPassphrase,
    )

    return {
        Failed: ("cli", 2, ""),
        BadConfig: ("node", 1, "correct the file, or restore it from a copy; qos doctor looks at all of them"),
        HomeInUse: ("node", 2, ""),
        PortTaken: ("node", 3, ""),
        StartFailed: ("node", 4, "qos doctor, and see the logs in the home"),
        NodeError: ("node", 5, ""),
        EngineMissing: ("cometbft", 1, ""),
        UnfitEngine: ("cometbft", 2, ""),
        InstallFailed: ("cometbft", 3, ""),
        BadSignState: ("cometbft", 4, "restore the newest copy of the file: with an older one a key may sign twice"),
        BadKeyFile: ("cometbft", 5, "restore the file from a backup"),
        NoSuchKey: ("wallet", 1, "qos keys list, or qos keys new NAME"),
        KeyExists: ("wallet", 2, "choose another name, or qos keys delete NAME first"),
        WrongPassphrase: ("wallet", 3, "try again; without the passphrase only the recovery phrase helps"),
        BadPhrase: ("wallet", 4, "check spelling and order of the words"),
        BadKeystore: ("wallet", 5, "restore the file, or qos keys import NAME with the recovery phrase"),
        BadRequest: ("wallet", 7, "qos ca --help"),
        BadCaFolder: ("wallet", 8, "qos ca list shows what there is, qos ca init begins"),
        WalletError: ("wallet", 6, ""),
        StoreError: ("store", 1, "restore the data folder, or qos up --reset"),
    }


def print_report(report: Report, *, as_json: bool) -> None:
    """Print an error to the error stream."""
    if as_json:
        fields: JsonObject = {
            "codespace": report.codespace,
            "code": report.code,
            "message": report.message,
            "next": report.next_step,
        }
        print(render_json(fields, indent=2), file=sys.stderr)
        return
    print(f"error: {report.message} ({report.codespace} {report.code})", file=sys.stderr)
    if report.next_step:
        print(f"next:  {report.next_step}", file=sys.stderr)
