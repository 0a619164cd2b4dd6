"""`qos localnet`: the whole network on CometBFT with several validators, on this machine."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import Output, OutputOption

LOCALNET_HOME = Path("~/.qos/localnet")
MAX_VALIDATORS = 16
HomeOption = Annotated[Path, typer.Option("--home", help="Home of the network.", show_default=str(LOCALNET_HOME))]
app = typer.Typer(help="The whole network on CometBFT, on this machine; qos down --home stops it.")


@app.callback(invoke_without_command=True)
def localnet(
    context: typer.Context,
    validators: Annotated[
        int | None, typer.Option(min=1, max=MAX_VALIDATORS, help="Of the public chain; a new network has 4.")
    ] = None,
    port_base: Annotated[
        int | None, typer.Option(min=0, max=65_335, help="RPC port of the first chain; 0 takes free ones.")
    ] = None,
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew: chains, relays and development keys.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when ready and leave it running.")] = False,
    home: HomeOption = LOCALNET_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Run a public chain of several validators, a business chain, the Cassini chain and four relays on CometBFT."""
    if context.invoked_subcommand is not None:
        return
    from qos.cli import localnets

    localnets.start(home, localnets.wish(home, validators, port_base, reset=reset), detach=detach, output=output)


@app.command()
def join(
    name: Annotated[str, typer.Argument(help="What the new node is called.")],
    *,
    state_sync: Annotated[
        bool, typer.Option("--state-sync", help="Begin with a snapshot of the others, not with block 1.")
    ] = False,
    home: HomeOption = LOCALNET_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Add a node to the public chain of a running network: it follows, without a vote."""
    from qos.cli import localnets

    localnets.join(home, name, state_sync=state_sync, output=output)
