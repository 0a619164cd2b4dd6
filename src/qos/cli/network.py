"""`qos up`, `qos down`, `qos status`: a development network on this machine."""

from enum import StrEnum
from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption


class Engine(StrEnum):
    """What orders transactions."""

    EMBEDDED = "embedded"
    COMETBFT = "cometbft"


def up(
    port_base: Annotated[
        int | None, typer.Option(min=0, max=65_335, help="RPC port of the first chain; 0 takes free ones.")
    ] = None,
    engine: Annotated[
        Engine | None, typer.Option("--engine", help="What orders transactions; a new network has the embedded engine.")
    ] = None,
    *,
    reset: Annotated[bool, typer.Option("--reset", help="Begin anew: chains, relays and development keys.")] = False,
    detach: Annotated[bool, typer.Option("--detach", help="Return when ready and leave it running.")] = False,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Run a public chain, a business chain and four relays; the second time it resumes them."""
    from qos.cli import starting
    from qos.cli.session import session
    from qos.node.running import Wish

    wish = Wish(port_base=port_base, reset=reset, engine=None if engine is None else engine.value)
    starting.start(session(home).home, wish, detach=detach, output=output)


def down(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Stop the network that runs in a home."""
    from qos.cli import running
    from qos.cli.session import session

    running.stop(session(home).home, output)


def status(home: HomeOption = DEFAULT_HOME, output: OutputOption = Output.TEXT) -> None:
    """Show whether the network runs, its chains, heights and addresses."""
    from qos.cli import running
    from qos.cli.session import session

    running.status(session(home).home, output)
