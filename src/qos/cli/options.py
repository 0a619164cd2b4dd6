"""Options that many commands share."""

from enum import StrEnum
from pathlib import Path
from typing import Annotated

import typer

DEFAULT_HOME = Path("~/.qos/local")


class Output(StrEnum):
    """How results and errors are printed."""

    TEXT = "text"
    JSON = "json"


class Algo(StrEnum):
    """Kinds of keys; the values are names of the wallet's schemes."""

    SECP256K1 = "secp256k1"
    ETH_SECP256K1 = "eth_secp256k1"
    ED25519 = "ed25519"
    ED25519_LEGACY = "ed25519-legacy"


class SignMode(StrEnum):
    """What a key signs of a transaction."""

    DIRECT = "direct"
    AMINO_JSON = "amino-json"


OutputOption = Annotated[Output, typer.Option("--output", help="How to print: text or json.")]
HomeOption = Annotated[
    Path, typer.Option("--home", envvar="QOS_HOME", help="Home of the network.", show_default=str(DEFAULT_HOME))
]
ChainOption = Annotated[str, typer.Option("--chain", help="Which chain: its folder or chain id.")]
NodeOption = Annotated[str, typer.Option("--node", help="RPC address of a node; goes before --chain.")]
WitnessOption = Annotated[
    list[str] | None,
    typer.Option("--witness", metavar="URL", help="Another node that must show the same headers; several times."),
]
PassphraseOption = Annotated[
    Path | None, typer.Option("--passphrase-file", help="File with the passphrase; else it is asked for.")
]
