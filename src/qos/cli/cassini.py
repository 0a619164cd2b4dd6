"""`qos cassini`: the relay group, what it did and how it is."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, NodeOption, Output, OutputOption

app = typer.Typer(help="The relay group: status, audit.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def cassini() -> None:
    """Look at the relay group."""


@app.command()
def status(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show what waits on every route, the members, and the relays of this machine."""
    from qos.cli import relays
    from qos.cli.session import session

    relays.show_status(session(home), output)


@app.command()
def audit(
    batch: Annotated[int, typer.Argument(min=1, help="Number of the batch: qos qcp trace TXHASH shows it.")],
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    genesis: Annotated[
        Path | None, typer.Option("--genesis", help="Genesis of the Cassini chain; else the one in the home.")
    ] = None,
    trust: Annotated[str, typer.Option("--trust", help="HEIGHT:HASH to trust instead of genesis.")] = "",
    output: OutputOption = Output.TEXT,
) -> None:
    """Prove from blocks alone who saw, voted, signed and handed in a batch."""
    from qos.cli import auditing
    from qos.cli.session import session

    auditing.show_audit(session(home), batch, auditing.Source(node=node, genesis=genesis, trust=trust), output)
