"""`qos business`: chains of service providers."""

from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption

app = typer.Typer(help="Provider chains: new.", no_args_is_help=True, rich_markup_mode=None)


@app.callback()
def business() -> None:
    """Make provider chains and serve their back-ends."""


@app.command()
def new(
    name: Annotated[str, typer.Argument(help="Chain id of the new chain, like shop-2.")],
    symbol: Annotated[str, typer.Option(help="Symbol of its token; by default the name in capitals.")] = "",
    organisation: Annotated[str, typer.Option(help="The provider's name in certificates; by default the name.")] = "",
    open_: Annotated[bool, typer.Option("--open", help="Let anybody send, not only holders of a certificate.")] = False,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make a provider's chain with its consortium, start it in the running network, register it everywhere."""
    from qos.cli import providing
    from qos.cli.session import session
    from qos.node.provider import ProviderPlan

    plan = ProviderPlan(
        name=name,
        symbol=symbol or name.replace("-", "").upper(),
        organisation=organisation or name,
        members_only=not open_,
    )
    providing.new(session(home).home, plan, output)
