"""What `qos genesis ...` does."""

from base64 import b64decode
from collections.abc import Iterator
from contextlib import suppress
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from qos.base.amounts import E18
from qos.base.blocktime import parse_rfc3339
from qos.base.errors import RuleViolation
from qos.base.identifiers import BASE_DENOM, format_address, is_chain_id, parse_address
from qos.base.strictjson import JsonValue
from qos.cli.amounts import BadAmount, format_coin, parse_coin
from qos.cli.errors import Failed, UsageError
from qos.cli.options import Output
from qos.cli.output import show
from qos.cli.progress import telling
from qos.cli.session import session
from qos.client.transactions import address_of
from qos.machine.genesis import BadGenesis
from qos.modules.assets.bank.holdings import line_of
from qos.node import holdings, public_genesis
from qos.node.errors import BadConfig
from qos.proto.records.cosmos_staking_v1beta1 import CommissionRates, Description
from qos.proto.records.qos_staking_v1 import GenesisValidator

KEY_BYTES = 32
MAX_LIST_LINE = 512
FOLDER = "gentx"
"""Where signed validators lie, beside the document."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Wish:
    """A validator as its founder asks for it."""

    moniker: str
    key: str
    self_bond: str


def new(chain_id: str, time: str, file: Path, output: Output) -> None:
    """Write a template. Raises: UsageError."""
    if not is_chain_id(chain_id):
        raise UsageError(f"{chain_id!r} is no chain id", "lower-case letters, digits and dashes: qos-1")
    if file.exists():
        raise UsageError(f"{file} is there already", "give another --file")
    try:
        time_ns = parse_rfc3339(time)
    except ValueError as error:
        raise UsageError(str(error), "give the time like 2027-01-01T00:00:00Z") from None
    public_genesis.write(file, public_genesis.template(chain_id, time_ns))
    show({"file": str(file), "chain_id": chain_id, "genesis_time": time}, output)


def add_account(address: str, amount: str, file: Path, home: Path, output: Output) -> None:
    """Add an account. Raises: UsageError, BadConfig."""
    named = session(home).address(address)
    aqos = _aqos(amount)
    public_genesis.write(file, public_genesis.add_account(public_genesis.read(file), parse_address(named), aqos))
    show({"address": named, "amount": format_coin(BASE_DENOM, aqos)}, output)


def add_holdings(listed: Path, file: Path, output: Output) -> None:
    """Sort a list of holders into the file beside a document, and name it there. Raises: UsageError, BadConfig, Failed.

    The document is written last: one that names a file has it.
    """
    document = public_genesis.read(file)
    if not listed.is_file():
        raise UsageError(f"{listed} is no file", "give a list of lines ADDRESS,AMOUNT like qos1...,5qos")
    target = holdings.beside(file)
    try:
        named = holdings.write_holdings(_lines(listed), target, telling("sorting holdings", output))
    except BadGenesis as error:
        raise Failed(f"{listed}: {error}", "an account stands in the list once for each asset") from None
    public_genesis.write(file, public_genesis.with_holdings(document, named))
    total: list[JsonValue] = [{"denom": coin.denom, "amount": str(coin.amount)} for coin in named.total]
    show({"file": str(target), "accounts": named.accounts, "total": total, "sha256": named.sha256}, output)


def _lines(listed: Path) -> Iterator[bytes]:
    """Yield a list's lines as holdings. Raises: UsageError naming the line."""
    with listed.open("rb") as stream:
        for number, line in enumerate(iter(partial(stream.readline, MAX_LIST_LINE), b""), 1):
            try:
                yield _holding(line)
            except (RuleViolation, ValueError) as error:
                raise UsageError(
                    f"{listed}, line {number}: {error}", "write ADDRESS,AMOUNT like qos1...,5qos"
                ) from None


def _holding(line: bytes) -> bytes:
    named, _, amount = line.decode("ascii").strip().partition(",")
    denom, units = parse_coin(amount)
    if not units:
        raise BadAmount("an account of the list holds something")
    return line_of(parse_address(named), denom, units)


def add_validator(wish: Wish, name: str, file: Path, passphrase_file: Path | None, home: Path, output: Output) -> None:
    """Sign a validator and write it beside the document. Raises: UsageError, BadConfig, NoSuchKey, WrongPassphrase."""
    signer = session(home).signer(name, passphrase_file)
    validator = GenesisValidator(
        owner=address_of(signer),
        consensus_key=_consensus_key(wish.key),
        self_bond=_aqos(wish.self_bond),
        description=Description(moniker=wish.moniker),
        commission=CommissionRates(rate=E18 // 10, max_rate=E18 // 2, max_change_rate=E18 // 100),
    )
    signed = public_genesis.signed_validator(public_genesis.read(file), validator, signer)
    folder = file.parent / FOLDER
    folder.mkdir(exist_ok=True)
    target = folder / f"{format_address(validator.owner)}.json"
    public_genesis.write(target, signed)
    show({"file": str(target), "next": "send it to whoever collects: qos genesis collect"}, output)


def collect(file: Path, output: Output) -> None:
    """Gather signed validators. Raises: UsageError when there is none, BadConfig naming the file that is wrong."""
    folder = file.parent / FOLDER
    files = sorted(folder.glob("*.json"))
    if not files:
        raise UsageError(f"no signed validator lies in {folder}", "founders write them: qos genesis add-validator")
    document = public_genesis.read(file)
    signed = [public_genesis.read(each) for each in files]
    for each, content in zip(files, signed, strict=True):
        try:
            public_genesis.proven_validator(content, str(document.get("chain_id")))
        except BadConfig as error:
            raise BadConfig(f"{each}: {error}", error.next_step) from None
    public_genesis.write(file, public_genesis.collect(document, signed))
    show({"file": str(file), "validators": len(files)}, output)


def validate(file: Path, output: Output) -> None:
    """Check a document. Raises: Failed with the relation that is broken, BadConfig."""
    try:
        found = public_genesis.validate(file, telling("validating holdings", output))
    except OSError as error:
        raise BadConfig(f"{file}: {error.strerror}") from None
    except BadGenesis as error:
        raise Failed(str(error), "mend it in the document and validate again") from None
    rest = found.allocated - found.supply
    show(
        {
            "chain_id": found.chain_id,
            "supply": format_coin(BASE_DENOM, found.supply),
            "below_49_percent": format_coin(BASE_DENOM, rest) if rest else "nothing: 49 % are allocated",
            "validators": found.validators,
            "bonded": format_coin(BASE_DENOM, found.bonded),
            "power": found.power,
        },
        output,
    )


def _aqos(text: str) -> int:
    denom, amount = parse_coin(text)
    if denom != BASE_DENOM or amount <= 0:
        raise UsageError(f"{text!r} is no amount of QOS", "give it like 5000qos")
    return amount


def _consensus_key(text: str) -> bytes:
    """Read a key as `qos node init` shows it, or in hex."""
    for read in (bytes.fromhex, partial(b64decode, validate=True)):
        with suppress(ValueError):
            key = read(text)
            if len(key) == KEY_BYTES:
                return key
    raise UsageError(f"{text[:80]!r} is no consensus key", "give it as qos node show does")
