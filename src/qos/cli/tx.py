"""`qos tx MODULE MESSAGE`: one command a transaction message, made from the declarations."""

from pathlib import Path
from typing import Annotated, Any

import typer

from qos.cli.generated import LazyGroup, Shared, shared_parameters
from qos.cli.options import (
    DEFAULT_HOME,
    ChainOption,
    HomeOption,
    NodeOption,
    Output,
    OutputOption,
    PassphraseOption,
    SignMode,
)
from qos.client.speed import Speed


def _run(*, service: str, method: Any, fields: Any, given: dict[str, Any]) -> None:
    from qos.cli import sending
    from qos.cli.fields import address_of, values_of
    from qos.cli.session import session
    from qos.proto.catalog import message

    del service
    opened = session(given["home"])
    values = values_of(fields, given, opened.address)
    declared = message(method.request)
    if declared.signer not in fields:
        signer = next(field for field in declared.fields if field.name == declared.signer)
        values[signer.name] = address_of(signer, given["from_"], opened.address)
    sending.send(opened, method.request, values, given)


def _options(  # noqa: PLR0913  one parameter an option
    from_: Annotated[str, typer.Option("--from", help="Name of the key that signs and pays.")],
    fee: Annotated[str | None, typer.Option(help="Fee to offer, like 0.01qos; else what the chain quotes.")] = None,
    speed: Annotated[Speed, typer.Option(help="Which quoted fee to offer: slow, normal or fast.")] = Speed.NORMAL,
    fee_granter: Annotated[str | None, typer.Option(help="Who pays the fee, having granted that.")] = None,
    gas: Annotated[int, typer.Option(help="Gas limit; 0 simulates first.")] = 0,
    note: Annotated[str, typer.Option(help="Memo of the transaction.")] = "",
    timeout_height: Annotated[int, typer.Option(help="Last height it may be included at; 0 for none.")] = 0,
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is in a block.")] = False,
    dry_run: Annotated[bool, typer.Option("--dry-run", help="Only simulate, and show what it would cost.")] = False,
    generate_only: Annotated[
        bool, typer.Option("--generate-only", help="Only print the unsigned transaction, for qos tx sign.")
    ] = False,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    output: OutputOption = Output.TEXT,
) -> None:
    """Declare the options every transaction command has."""


class TxGroup(LazyGroup):
    """The modules' transaction messages."""

    service = "Msg"
    shared = staticmethod(lambda: Shared(shared_parameters(_options), _run))


app = typer.Typer(
    cls=TxGroup,
    help="Send a transaction: qos tx MODULE MESSAGE --from NAME ... --wait",
    no_args_is_help=True,
    rich_markup_mode=None,
)


@app.command()
def broadcast(
    file: Annotated[Path, typer.Argument(help="File with the signed transaction: JSON, or raw bytes.")],
    *,
    wait: Annotated[bool, typer.Option("--wait", help="Wait until it is in a block.")] = False,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Hand in a transaction that was signed elsewhere."""
    from qos.cli import offline, sending
    from qos.cli.session import session

    opened = session(home)
    sending.broadcast(opened.url(chain, node), offline.tx_bytes(file), output, wait=wait)


FileArgument = Annotated[Path, typer.Argument(help="File with the transaction, as --generate-only prints it.")]
ChainIdOption = Annotated[str | None, typer.Option(help="Chain id; else the node is asked.")]
NumberOption = Annotated[int | None, typer.Option(min=0, help="The account's number; else the node is asked.")]
DocumentOption = Annotated[Output, typer.Option("--output", help="How errors are printed; the document is JSON.")]
SequenceOption = Annotated[int | None, typer.Option(min=0, help="The account's sequence; else the node is asked.")]


@app.command()
def sign(  # noqa: PLR0913  one parameter an option
    file: FileArgument,
    from_: Annotated[str, typer.Option("--from", help="Name of the key that signs.")],
    multisig: Annotated[str | None, typer.Option(help="Sign as a member of this multisig: name or address.")] = None,
    sign_mode: Annotated[SignMode, typer.Option(help="What is signed; members of a multisig sign amino-json.")] = (
        SignMode.DIRECT
    ),
    *,
    chain_id: ChainIdOption = None,
    account_number: NumberOption = None,
    sequence: SequenceOption = None,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    passphrase_file: PassphraseOption = None,
    output: DocumentOption = Output.JSON,
) -> None:
    """Sign a transaction; prints it, or with --multisig the signature. Needs no node when all three numbers are given.

    The whole way: qos tx bank send --from team ... --generate-only > tx.json; each member: qos tx sign tx.json --from
    alice --multisig team > alice.json; then qos tx multisign tx.json team alice.json bob.json > signed.json; then
    qos tx broadcast signed.json --wait.
    """
    from qos.cli import offline
    from qos.cli.session import session

    del output
    opened = session(home)
    place = offline.Place(chain=chain, node=node, chain_id=chain_id, account_number=account_number, sequence=sequence)
    if multisig is not None:
        offline.sign_as_member(opened, file, from_, multisig, place, passphrase_file)
        return
    offline.sign(opened, file, from_, place, sign_mode, passphrase_file)


@app.command()
def multisign(  # noqa: PLR0913  one parameter an option
    file: FileArgument,
    name: Annotated[str, typer.Argument(help="Name of the multisig.")],
    signatures: Annotated[list[Path], typer.Argument(help="Files with the members' signatures.")],
    *,
    chain_id: ChainIdOption = None,
    account_number: NumberOption = None,
    sequence: SequenceOption = None,
    chain: ChainOption = "public",
    node: NodeOption = "",
    home: HomeOption = DEFAULT_HOME,
    output: DocumentOption = Output.JSON,
) -> None:
    """Combine the signatures of a multisig's members; prints the signed transaction for qos tx broadcast."""
    from qos.cli import offline
    from qos.cli.session import session

    del output
    opened = session(home)
    place = offline.Place(chain=chain, node=node, chain_id=chain_id, account_number=account_number, sequence=sequence)
    offline.multisign(opened, file, name, signatures, place)
