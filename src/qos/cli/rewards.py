"""`qos rewards`: what validators and delegators earn."""

from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, NodeOption, Output, OutputOption

app = typer.Typer(help="What validators and delegators earn.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def rewards() -> None:
    """Tell what validators and delegators earn."""


@app.command()
def why(
    address: Annotated[str, typer.Argument(metavar="ADDRESS", help="Who earned: an address or the name of a key.")],
    height: Annotated[
        int | None, typer.Option(min=1, help="The block that was paid; the newest that has been, unless said.")
    ] = None,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show line by line how a block's inflation and fees became an account's reward."""
    from qos.cli import explaining
    from qos.cli.session import session

    explaining.show_why(session(home), address, height, (chain, node), output)
