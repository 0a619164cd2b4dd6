"""`qos qcp`: follow packets between chains."""

from typing import Annotated

import typer

from qos.cli.options import (
    DEFAULT_HOME,
    ChainOption,
    HomeOption,
    NodeOption,
    Output,
    OutputOption,
    PassphraseOption,
)

app = typer.Typer(
    help="Packets between chains: trace, refund, deliver, conservation, watch.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


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


@app.command()
def refund(  # noqa: PLR0913, PLR0917  one parameter an option
    chain_id: Annotated[str, typer.Argument(metavar="CHAIN", help="Id of the chain it was sent to.")],
    sequence: Annotated[int, typer.Argument(help="Sequence of the request, as its transaction and trace show it.")],
    key: Annotated[str, typer.Option("--from", help="Name of the key that pays for the refund; anybody's.")],
    there: Annotated[str, typer.Option("--there", help="RPC address of a node of that chain.")] = "",
    chain: ChainOption = "public",
    node: NodeOption = "",
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Take back what a request carried that missed its timeout; needs no relay, only a node of each chain."""
    from qos.cli import unrelayed
    from qos.cli.session import session

    opened = session(home)
    urls = (opened.url(chain, node), opened.url(chain_id, there))
    errand = unrelayed.Errand(urls=urls, key=key, passphrase=passphrase_file, output=output)
    unrelayed.refund(opened, errand, chain_id, sequence)


@app.command()
def deliver(
    source: Annotated[str, typer.Argument(metavar="CHAIN", help="Id of the chain the packets come from.")],
    key: Annotated[str, typer.Option("--from", help="Name of the key that pays for the delivery; anybody's.")],
    there: Annotated[str, typer.Option("--there", help="RPC address of a node of that chain.")] = "",
    chain: ChainOption = "public",
    node: NodeOption = "",
    passphrase_file: PassphraseOption = None,
    *,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Deliver what waited for more than 6 hours to a chain, by proofs alone; needs no relay."""
    from qos.cli import unrelayed
    from qos.cli.session import session

    opened = session(home)
    urls = (opened.url(chain, node), opened.url(source, there))
    errand = unrelayed.Errand(urls=urls, key=key, passphrase=passphrase_file, output=output)
    unrelayed.deliver(opened, errand, source)


@app.command()
def conservation(
    *,
    prove: Annotated[
        bool, typer.Option("--prove", help="Read every figure with its proof, from what is trusted here.")
    ] = False,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Compare what circulates abroad with what home has set aside for it; exit code 1 when there is a gap."""
    from qos.cli import conserving
    from qos.cli.session import session

    conserving.show_conservation(session(home), output, prove=prove)


@app.command()
def watch(
    key: Annotated[str, typer.Option("--from", help="Name of the pauser's key; a pauser is no relay.")],
    chain: Annotated[str, typer.Option("--chain", help="The business chain to watch.")] = "shop-1",
    metrics_port: Annotated[int, typer.Option(min=0, max=65_535, help="Port of /metrics; 0 takes a free one.")] = 0,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
) -> None:
    """Compare after every block, and pause both queues as soon as there is a gap; runs until stopped."""
    from qos.cli import conserving
    from qos.cli.session import session

    conserving.run_watcher(session(home), chain, key, passphrase_file, metrics_port)
