"""Headers a light client has proven, fetched from one node that is not believed (protocol K1)."""

from collections.abc import Generator
from typing import TypeVar

from qos.base.strictjson import JsonObject
from qos.client.calls import Call, Transport
from qos.client.errors import BadAnswer
from qos.crypto import ed25519
from qos.lightclient import comet_json
from qos.lightclient.bisection import bisect
from qos.lightclient.comet_json import ValidatorsPage
from qos.lightclient.commits import MAX_VALIDATORS
from qos.lightclient.errors import HeightNotAbove
from qos.lightclient.hashes import in_hash_order, validators_hash
from qos.lightclient.json_values import MalformedJson
from qos.lightclient.verifier import Options, Verified
from qos.machine.genesis import GenesisDocument
from qos.proto.records.qos_lightclient_v1 import LightBlock, TrustedState
from qos.proto.records.tendermint_crypto import PublicKey
from qos.proto.records.tendermint_types import SignedHeader, Validator

T = TypeVar("T")
PAGE = 100


def commit(height: int | None = None) -> Call[SignedHeader]:
    """Ask for a header with the votes that made it final; the newest when no height is given."""
    params: JsonObject = {} if height is None else {"height": str(height)}

    def read(result: JsonObject) -> SignedHeader:
        try:
            return comet_json.parse_signed_header(result.get("signed_header"))
        except MalformedJson as error:
            raise BadAnswer(f"commit: {error}") from None

    return Call(method="commit", params=params, parse=read)


def validators(height: int, page: int = 1) -> Call[ValidatorsPage]:
    """Ask for one page of the set that signs a height."""
    params: JsonObject = {"height": str(height), "page": str(page), "per_page": str(PAGE)}

    def read(result: JsonObject) -> ValidatorsPage:
        try:
            return comet_json.parse_validators_page(result)
        except MalformedJson as error:
            raise BadAnswer(f"validators: {error}") from None

    return Call(method="validators", params=params, parse=read)


async def light_block(node: Transport, height: int) -> LightBlock:
    """Fetch what is needed to judge a header. Raises: CallFailed, BadAnswer, Unreachable."""
    signed = await node.send(commit(height))
    header = signed.header
    following: tuple[Validator, ...] = ()
    if header.next_validators_hash != header.validators_hash:
        following = await whole_set(node, height + 1)
    return LightBlock(signed_header=signed, validators=await whole_set(node, height), next_validators=following)


async def whole_set(node: Transport, height: int) -> tuple[Validator, ...]:
    """Fetch all pages of the set that signs a height. Raises: CallFailed, BadAnswer, Unreachable."""
    found: list[Validator] = []
    for page in range(1, MAX_VALIDATORS // PAGE + 1):
        answer = await node.send(validators(height, page))
        found.extend(answer.validators)
        if len(found) >= answer.total:
            return tuple(found)
    raise BadAnswer(f"the set at height {height} has more than {MAX_VALIDATORS} validators")


async def follow(
    node: Transport, trusted: TrustedState, height: int, *, options: Options, now_ns: int
) -> tuple[Verified, ...]:
    """Prove the header of a height from a trusted state, by bisection; returns all that was proven on the way.

    Raises: subclasses of Invalid, CallFailed, BadAnswer, Unreachable.
    """
    if height <= trusted.height:
        raise HeightNotAbove(f"height {height} is not above the trusted {trusted.height}")
    return await driven(bisect(trusted, height, options=options, now_ns=now_ns), node)


async def driven(steps: Generator[int, LightBlock, T], node: Transport) -> T:
    """Run steps that need blocks over a node and return their result. Raises: what they raise, and `light_block`."""
    try:
        wanted = next(steps)
        while True:
            wanted = steps.send(await light_block(node, wanted))
    except StopIteration as end:
        result: T = end.value
        return result


def genesis_root(document: GenesisDocument) -> TrustedState:
    """Return the state before the first block: who holds the genesis document needs no other trust root."""
    members = in_hash_order(
        Validator(
            address=ed25519.address(update.public_key),
            pub_key=PublicKey(ed25519=update.public_key),
            voting_power=update.power,
        )
        for update in document.validators
    )
    return TrustedState(
        chain_id=document.chain_id,
        height=document.initial_height - 1,
        time=document.time_ns - 1,  # the first block has the time of genesis and must be later
        next_validators_hash=validators_hash(members),
        next_validators=members,
    )
