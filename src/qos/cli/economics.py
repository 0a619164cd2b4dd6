"""`qos economics`: how QOS is issued."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, NodeOption, Output, OutputOption


def economics(
    plot: Annotated[
        Path | None,
        typer.Option(metavar="FILE", help="Draw supply and reward over all phases as planned: a .png or .svg file."),
    ] = None,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show the phases of issuance, what has been minted and what a block mints now."""
    from qos.cli import issuing
    from qos.cli.session import session

    issuing.show_economics(session(home), (chain, node), plot, output)
