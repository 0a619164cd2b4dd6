"""`qos business`: chains of service providers."""

from typing import Annotated

import typer

from qos.cli.options import DEFAULT_HOME, HomeOption, Output, OutputOption, PassphraseOption

app = typer.Typer(help="Provider chains: new, gateway.", no_args_is_help=True, rich_markup_mode=None)


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


@app.command()
def gateway(
    chain: Annotated[str, typer.Option("--chain", help="The provider's chain.")],
    from_: Annotated[str, typer.Option("--from", help="Whose account sends: name of a key.")],
    certificate: Annotated[str, typer.Option(help="Its own certificate in HOME/ca/CHAIN.")] = "gateway",
    listen: Annotated[str, typer.Option(help="Host and port; port 0 takes a free one.")] = "127.0.0.1:9443",
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Serve back-ends over mutual TLS: send, await results, stream arrivals; until Ctrl-C."""
    from qos.cli import providing
    from qos.cli.session import session

    opened = session(home)
    place = providing.Place(chain=chain, certificate=certificate, listen=listen)
    providing.gateway(opened, place, opened.signer(from_, passphrase_file), from_, output)
