"""`qos qcp`: follow packets between chains."""

from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, NodeOption, Output, OutputOption

app = typer.Typer(help="Packets between chains: trace.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def qcp() -> None:
    """Follow packets between chains."""


@app.command()
def trace(
    tx_hash: Annotated[str, typer.Argument(metavar="TXHASH", help="Hash of the transaction that sent the packet.")],
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the way of a packet with times, and what it waits for."""
    from qos.cli import tracing
    from qos.cli.session import session

    tracing.show_trace(session(home), tx_hash, chain, node, output)
