"""`qos export-config`: what wallets and explorers of Cosmos chains have to be told about a chain of this network."""

from enum import StrEnum
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption


class Target(StrEnum):
    """Whom the configuration is for."""

    KEPLR = "keplr"
    PING_PUB = "ping.pub"


def export_config(
    target: Annotated[Target, typer.Argument(help="keplr (a ChainInfo), or ping.pub (a file of chains/).")],
    chain: ChainOption = "public",
    home: HomeOption = DEFAULT_HOME,
    *,
    public_host: Annotated[
        str, typer.Option("--public-host", help="Host name under which others reach this node's ports.")
    ] = "",
) -> None:
    """Print the configuration of a chain for a wallet or an explorer, as JSON."""
    from qos.cli import exporting
    from qos.cli.session import session

    write = {Target.KEPLR: exporting.keplr, Target.PING_PUB: exporting.ping_pub}[target]
    exporting.show_config(session(home), chain, public_host, write)
