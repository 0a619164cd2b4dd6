"""`qos ca`: certificates of a consortium: its root, its members, their nodes."""

from pathlib import Path
from typing import Annotated

import typer

from qos.cli.options import (
    DEFAULT_HOME,
    HomeOption,
    Output,
    OutputOption,
    PassphraseOption,
)

app = typer.Typer(
    help="Certificates: init, issue, list, show, register, seat, revoke.", no_args_is_help=True, rich_markup_mode=None
)
issue = typer.Typer(help="Issue a certificate: member, node.", no_args_is_help=True, rich_markup_mode=None)
app.add_typer(issue, name="issue")

YEARS_10, YEARS_5, YEAR = 3_650, 1_825, 365
NameArgument = Annotated[str, typer.Argument(help="Name of the certificate.")]
CaOption = Annotated[str, typer.Option("--ca", help="Which consortium: its name, a folder under HOME/ca, or a path.")]
CaKeyOption = Annotated[
    Path | None, typer.Option("--ca-passphrase-file", help="File with the passphrase of the CA's key, if it has one.")
]
ToOption = Annotated[str, typer.Option("--chain", help="Which chain: folder, chain id, or the address of a node.")]
FromOption = Annotated[str, typer.Option("--from", help="Who sends the transaction: name of a key.")]


@app.command()
def init(
    organisation: Annotated[str, typer.Argument(help="Name of the consortium, as it stands in certificates.")],
    days: Annotated[int, typer.Option(min=1, help="How long the root is good.")] = YEARS_10,
    passphrase_file: CaKeyOption = None,
    ca: CaOption = "default",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make the root of a consortium."""
    from qos.cli import certifying
    from qos.cli.output import show

    opened = certifying.folder_of(home, ca)
    entry = opened.init(organisation, days=days, passphrase=certifying.passphrase(passphrase_file))
    show(certifying.described(opened, entry), output)


@issue.command()
def member(
    name: NameArgument,
    organisation: Annotated[str, typer.Option(help="The member's name, as it stands in certificates.")],
    days: Annotated[int, typer.Option(min=1, help="How long it is good.")] = YEARS_5,
    passphrase_file: CaKeyOption = None,
    ca: CaOption = "default",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make the CA of a member, which issues for the member's nodes; its key gets the root's passphrase."""
    from qos.cli import certifying
    from qos.cli.output import show

    opened = certifying.folder_of(home, ca)
    entry = opened.issue_member(name, organisation, days=days, passphrase=certifying.passphrase(passphrase_file))
    show(certifying.described(opened, entry), output)


@issue.command()
def node(
    name: NameArgument,
    member: Annotated[str, typer.Option(help="Name of the member that issues it.")],
    host: Annotated[
        list[str] | None, typer.Option(help="Host name or IP address it serves TLS under; several times for several.")
    ] = None,
    days: Annotated[int, typer.Option(min=1, help="How long it is good.")] = YEAR,
    passphrase_file: CaKeyOption = None,
    ca: CaOption = "default",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Make the certificate of a node, a back-end or an account."""
    from qos.cli import certifying
    from qos.cli.output import show

    opened = certifying.folder_of(home, ca)
    secret = certifying.passphrase(passphrase_file)
    entry = opened.issue_node(name, member, days=days, hosts=tuple(host or ()), passphrase=secret)
    show(certifying.described(opened, entry), output)


@app.command("list")
def list_(
    ca: CaOption = "default",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """List the certificates of a consortium."""
    from qos.cli import certifying

    certifying.list_all(certifying.folder_of(home, ca), output)


@app.command()
def show(
    name: NameArgument,
    ca: CaOption = "default",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Show a certificate."""
    from qos.cli import certifying
    from qos.cli import output as printing

    opened = certifying.folder_of(home, ca)
    printing.show(certifying.described(opened, opened.entry(name)), output)


@app.command()
def register(
    name: NameArgument,
    account: Annotated[str, typer.Option(help="Address, or name of a key, that the certificate stands for.")],
    from_: FromOption,
    chain: ToOption,
    ca: CaOption = "default",
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Register a node's certificate for an account on a chain; a member may do it for a newcomer."""
    from qos.cli import certifying
    from qos.cli.session import session

    opened = session(home)
    sender = opened.signer(from_, passphrase_file)
    sending = certifying.Sending(url=certifying.url_of(opened, chain), signer=sender, output=output)
    certifying.register(certifying.folder_of(home, ca), name, opened.address(account), sending)


@app.command()
def seat(
    name: NameArgument,
    key: Annotated[str, typer.Option(help="The validator's consensus key: 64 hex digits.")],
    from_: FromOption,
    chain: ToOption,
    power: Annotated[int, typer.Option(min=0, help="Voting power; 0 takes the seat away.")],
    ca: CaOption = "default",
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Give a validator its seat under a node's certificate; the chain's authority alone may."""
    from qos.cli import certifying
    from qos.cli.session import session

    opened = session(home)
    signer = opened.signer(from_, None)
    sending = certifying.Sending(url=certifying.url_of(opened, chain), signer=signer, output=output)
    certifying.seat(certifying.folder_of(home, ca), name, certifying.consensus_key(key), power, sending)


@app.command()
def revoke(
    name: NameArgument,
    from_: Annotated[
        str, typer.Option("--from", help="Who sends the list to the chain; without, it is only written.")
    ] = "",
    chain: ToOption = "",
    ca: CaOption = "default",
    ca_passphrase_file: CaKeyOption = None,
    passphrase_file: PassphraseOption = None,
    home: HomeOption = DEFAULT_HOME,
    output: OutputOption = Output.TEXT,
) -> None:
    """Revoke a certificate for good: write its CA's next list, and with --from and --chain publish it."""
    from qos.cli import certifying
    from qos.cli.errors import UsageError
    from qos.cli.session import session

    opened, certificates = session(home), certifying.folder_of(home, ca)
    if bool(from_) != bool(chain):
        raise UsageError("publishing needs a sender and a chain", "give --from KEY and --chain CHAIN, or neither")
    sending = None
    if from_:
        signer = opened.signer(from_, passphrase_file)
        sending = certifying.Sending(url=certifying.url_of(opened, chain), signer=signer, output=output)
    certifying.revoke(certificates, name, certifying.passphrase(ca_passphrase_file), sending, output)
