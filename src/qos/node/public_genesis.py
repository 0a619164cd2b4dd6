"""Making the genesis of a public network by several founders: a template, accounts, validators, a check of all of it.

A founder signs the validator it wants with the account that bonds for it; whoever gathers verifies that. Documents are
checked by the very machine that will run them.
"""

from base64 import b64decode, b64encode
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from qos.base.amounts import E18
from qos.base.encoding import length_prefixed
from qos.base.errors import InvariantBroken, RuleViolation
from qos.base.identifiers import BASE_DENOM, Address, format_address
from qos.base.strictjson import BadJson, JsonObject, JsonValue, parse_json, render_json
from qos.chains.public import PUBLIC
from qos.client.transactions import Signer, address_of
from qos.crypto import keys, multisig
from qos.engine.consensus_params import parse_params
from qos.machine import genesis
from qos.machine.abci import BlockRequest
from qos.machine.authority import GOVERNANCE
from qos.machine.context import BlockInfo, ReadContext
from qos.machine.genesis import BadGenesis, GenesisDocument
from qos.machine.machine import Machine
from qos.modules.economics.mint import params as figures
from qos.modules.economics.mint.paper import GENESIS_SUPPLY, paper_phases
from qos.modules.validators.staking import operations as staking
from qos.modules.validators.staking import parameters
from qos.node.errors import BadConfig
from qos.node.genesis import FLOOR_GAS_PRICE, QOS, GenesisPlan, make_genesis, validator_json
from qos.node.holdings import Told, beside, lines_of, named_by, say_nothing
from qos.proto import codec
from qos.proto.json import from_json, to_json
from qos.proto.record import AnyRecord, Record
from qos.proto.records import qos_mint_v1, qos_qcp_v1
from qos.proto.records.qos_bank_v1 import GenesisState as BankState
from qos.proto.records.qos_bank_v1 import Holdings
from qos.proto.records.qos_staking_v1 import GenesisState, GenesisValidator
from qos.store.io.lmdb import open_store
from qos.store.memory import MemoryBackend
from qos.store.multistore import MultiStore

_STATEMENT = b"qos/genesis/validator/1"
_SIGN_ANEW = "its founder signs it anew: qos genesis add-validator"


@dataclass(frozen=True, slots=True, kw_only=True)
class Summary:
    """What a document that a chain can start from says, in aqos."""

    chain_id: str
    supply: int
    allocated: int
    validators: int
    power: int
    bonded: int


def template(chain_id: str, time_ns: int) -> JsonObject:
    """Return the public network of the whitepaper without accounts and validators: nobody holds anything yet."""
    # Governance alone manages peers and parameters.
    states: dict[str, Record] = {
        "staking": GenesisState(params=parameters.PUBLIC),
        "mint": qos_mint_v1.GenesisState(
            params=figures.complete(figures.filled(qos_mint_v1.Params())), inflation_phrases=paper_phases(time_ns)
        ),
        "qcp": qos_qcp_v1.GenesisState(params=qos_qcp_v1.Params(authority=GOVERNANCE)),
    }
    plan = GenesisPlan(
        chain_id=chain_id,
        time_ns=time_ns,
        validators=(),
        holders=(),
        currencies=(QOS,),
        fee_denom=BASE_DENOM,
        gas_price=FLOOR_GAS_PRICE,
        module_states=states,
    )
    return _object(parse_json(make_genesis(PUBLIC, plan).encode()), "the template")


def read(file: Path) -> JsonObject:
    """Read a document. Raises: BadConfig naming the file."""
    try:
        return _object(parse_json(file.read_bytes()), str(file))
    except (OSError, BadJson) as error:
        raise BadConfig(f"{file}: {error}") from None


def write(file: Path, document: JsonObject) -> None:
    """Write a document."""
    file.write_text(render_json(document, indent=1) + "\n", "utf-8")


def add_account(document: JsonObject, address: Address, amount: int) -> JsonObject:
    """Return the document with an account that holds an amount. Raises: BadConfig when it stands there already."""
    state = _state(document, "bank")
    balances = state.get("balances")
    listed = balances if isinstance(balances, list) else []
    named = format_address(address)
    if any(isinstance(each, dict) and each.get("address") == named for each in listed):
        raise BadConfig(f"{named} is in the document already: change its amount there")
    entry: JsonObject = {"address": named, "coins": [{"denom": BASE_DENOM, "amount": str(amount)}]}
    return _with_state(document, "bank", {**state, "balances": [*listed, entry]})


def with_holdings(document: JsonObject, named: Holdings) -> JsonObject:
    """Return the document with the file of holdings it names, in place of another one."""
    return _with_state(document, "bank", {**_state(document, "bank"), "holdings": to_json(named)})


def signed_validator(document: JsonObject, validator: GenesisValidator, signer: Signer) -> JsonObject:
    """Return a founder's validator, signed for this chain by the account that bonds. Raises: BadConfig."""
    if address_of(signer) != validator.owner:
        raise BadConfig("the key is not the account's that bonds", "sign with --from, the account that bonds")
    chain_id = str(document.get("chain_id"))
    signature = signer.sign(_statement(chain_id, validator))
    return {
        "chain_id": chain_id,
        "validator": to_json(validator),
        "key": {"type_url": signer.key.type_url, "value": b64encode(signer.key.value).decode()},
        "signature": b64encode(signature).decode(),
    }


def _statement(chain_id: str, validator: GenesisValidator) -> bytes:
    return length_prefixed(_STATEMENT, chain_id.encode(), codec.encode(validator))


def proven_validator(signed: JsonObject, chain_id: str) -> GenesisValidator:
    """Return the validator a founder is shown to have signed for a chain. Raises: BadConfig."""
    if signed.get("chain_id") != chain_id:
        raise BadConfig(
            f"it is signed for chain {str(signed.get('chain_id'))[:40]!r}, not for {chain_id!r}", _SIGN_ANEW
        )
    key = _object(signed.get("key"), "key")
    try:
        wrapped = AnyRecord(type_url=str(key.get("type_url")), value=b64decode(str(key.get("value")), validate=True))
        validator: GenesisValidator = from_json(GenesisValidator, signed.get("validator"))
        if multisig.address_of(wrapped.type_url, wrapped.value) != validator.owner:
            raise BadConfig("it is signed by another account than the one that bonds", _SIGN_ANEW)
        signature = b64decode(str(signed.get("signature")), validate=True)
        keys.verify(wrapped, _statement(chain_id, validator), signature)
    except (RuleViolation, ValueError) as error:
        raise BadConfig(f"the signature does not hold: {error}", _SIGN_ANEW) from None
    return validator


def collect(document: JsonObject, signed: Sequence[JsonObject]) -> JsonObject:
    """Return the document with these founders' validators, and the largest as those that make the first blocks.

    Raises: BadConfig when one is not signed for this chain or stands twice.
    """
    chain_id = str(document.get("chain_id"))
    found = [proven_validator(each, chain_id) for each in signed]
    if len({each.owner for each in found}) < len(found) or len({each.consensus_key for each in found}) < len(found):
        raise BadConfig(
            "an account or a consensus key stands twice among the validators", "keep one file of each founder"
        )
    ordered = sorted(found, key=lambda each: (-each.self_bond, each.owner))
    state: GenesisState = from_json(GenesisState, _state(document, "staking"))
    rules = state.params or parameters.PUBLIC
    state_json = to_json(GenesisState(params=rules, create=tuple(ordered)))
    listed: list[JsonValue] = [
        validator_json(each.consensus_key, each.self_bond // E18, each.description.moniker)
        for each in ordered[: rules.max_validators]
    ]
    return _with_state({**document, "validators": listed}, "staking", state_json)


def validate(file: Path, told: Told = say_nothing) -> Summary:
    """Start a chain from a document, with the file of holdings beside it; returns what it says.

    Raises: BadGenesis and whatever a module refuses, each with a sentence that names the relation that is broken;
    OSError.
    """
    data = file.read_bytes()
    document = genesis.parse(data)
    with _scratch(file, named_by(data)) as store:
        machine = Machine(PUBLIC, store, beside=lines_of(beside(file), told))
        try:
            machine.init_chain(data)
        except InvariantBroken as error:
            raise BadGenesis(str(error)) from None
        first = BlockInfo(chain_id=document.chain_id, height=document.initial_height, time_ns=document.time_ns)
        machine.finalize_block(BlockRequest(block=first, txs=()))
        machine.commit()
        return _summary(document, ReadContext(machine.store.reader(), first))


@contextmanager
def _scratch(file: Path, holdings: Holdings | None) -> Iterator[MultiStore]:
    """Give a store for a trial: in memory, or beside a document whose holdings memory may not take."""
    if holdings is None:
        yield MultiStore(MemoryBackend(), PUBLIC.stores)
        return
    with TemporaryDirectory(dir=file.parent) as folder:
        store = open_store(Path(folder), PUBLIC.stores)
        try:
            yield store
        finally:
            store.close()


def _summary(document: GenesisDocument, ctx: ReadContext) -> Summary:
    params = parse_params(document.consensus_params)
    rules = parameters.params(ctx)
    if params.evidence_max_age_num_blocks != 1:
        raise BadGenesis("consensus_params: evidence is judged by block time alone: max_age_num_blocks must be 1")
    if params.evidence_max_age_duration_ns != rules.max_evidence_age:
        raise BadGenesis("consensus_params: evidence max_age_duration must be staking's max_evidence_age")
    members = staking.bonded_set(ctx).members
    return Summary(
        chain_id=document.chain_id,
        # The first block has minted something already.
        supply=_held(_object(document.app_state["bank"], "app_state.bank")),
        allocated=GENESIS_SUPPLY,
        validators=len(members),
        power=sum(member.power for member in members),
        bonded=sum(member.tokens for member in members),
    )


def _held(state: JsonObject) -> int:
    found: BankState = from_json(BankState, state)
    coins = [coin for holder in found.balances for coin in holder.coins]
    coins += found.holdings.total if found.holdings is not None else ()
    return sum(coin.amount for coin in coins if coin.denom == BASE_DENOM)


def _state(document: JsonObject, module: str) -> JsonObject:
    return _object(_object(document.get("app_state"), "app_state").get(module), f"app_state.{module}")


def _with_state(document: JsonObject, module: str, state: JsonObject) -> JsonObject:
    states = _object(document.get("app_state"), "app_state")
    return {**document, "app_state": {**states, module: state}}


def _object(value: JsonValue, name: str) -> JsonObject:
    if not isinstance(value, dict):
        raise BadConfig(f"{name} must be an object")
    return value
