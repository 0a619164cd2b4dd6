"""`qos query MODULE QUERY`, made from the declarations, and the engine's own: tx, txs, block."""

from typing import Annotated, Any

import typer

from qos.cli.generated import LazyGroup, Shared, shared_parameters
from qos.cli.options import DEFAULT_HOME, ChainOption, HomeOption, NodeOption, Output, OutputOption, WitnessOption


def _run(*, service: str, method: Any, fields: Any, given: dict[str, Any]) -> None:
    from qos.cli import asking
    from qos.cli.fields import values_of
    from qos.cli.session import session

    opened = session(given["home"])
    values = values_of(fields, given, opened.address)
    # Where a query asks for something of a height, --height says that one, and the newest state answers.
    at = 0 if "height" in fields else given["height"]
    asking.query(opened, f"/{service}/{method.name}", method, values, given | {"height": at})


def _options(
    height: Annotated[int, typer.Option(help="Height to read at; 0 is the newest.")] = 0,
    *,
    prove: Annotated[bool, typer.Option("--prove", help="Verify header and value before showing it.")] = False,
    trust: Annotated[str, typer.Option(help="Header to start from with --prove, as HEIGHT:HASH.")] = "",
    witness: WitnessOption = None,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Declare the options every query command has."""


class QueryGroup(LazyGroup):
    """The modules' queries."""

    service = "Query"
    positional = True
    shared = staticmethod(lambda: Shared(shared_parameters(_options), _run))


app = typer.Typer(
    cls=QueryGroup,
    help="Read a chain: qos query MODULE QUERY ..., or tx, txs, block.",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def tx(
    tx_hash: Annotated[str, typer.Argument(metavar="HASH", help="Hash of the transaction.")],
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show a transaction and what became of it."""
    from qos.cli import asking
    from qos.cli.session import session

    asking.show_tx(session(home).url(chain, node), tx_hash, output)


@app.command()
def txs(
    search: Annotated[str, typer.Argument(metavar="SEARCH", help="Like: transfer.recipient='qos1...' AND tx.height>5")],
    limit: Annotated[int, typer.Option(min=1, max=100, help="How many at most, newest first.")] = 20,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Search transactions by their events."""
    from qos.cli import asking
    from qos.cli.session import session

    asking.show_txs(session(home).url(chain, node), search, limit, output)


@app.command()
def block(
    height: Annotated[int | None, typer.Argument(metavar="HEIGHT", help="Height; the newest when left out.")] = None,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show a block's header and the hashes of its transactions."""
    from qos.cli import asking
    from qos.cli.session import session

    asking.show_block(session(home).url(chain, node), height, output)
