"""`qos proposals`: what is being decided, how it stands, what is missing."""

from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, NodeOption, Output, OutputOption


def proposals(
    number: Annotated[
        int | None, typer.Argument(min=1, metavar="NUMBER", help="One proposal; else the newest.")
    ] = None,
    limit: Annotated[int, typer.Option(min=1, max=1_000, help="How many at most, newest first.")] = 20,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show proposals with their votes, the time left and what they still need."""
    from qos.cli import deciding
    from qos.cli.session import session

    url = session(home).url(chain, node)
    if number is None:
        deciding.show_proposals(url, limit, output)
    else:
        deciding.show_proposal(url, number, output)
