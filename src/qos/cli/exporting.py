"""What `export-config` does: read a chain's facts from its node, write them in the forms others read."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Final

from qos.base.identifiers import ACCOUNT_PREFIX, CONSENSUS_PREFIX, VALIDATOR_PREFIX
from qos.base.strictjson import JsonObject, JsonValue, render_json
from qos.cli.chains import chosen
from qos.cli.session import Session, ask
from qos.client.calls import Transport
from qos.client.errors import BadAnswer
from qos.client.queries import fee_quote, query
from qos.node.running import RunningChain
from qos.proto.records.cosmos_bank_v1beta1 import (
    Metadata,
    QueryDenomsMetadataRequest,
    QueryDenomsMetadataResponse,
)
from qos.proto.records.qos_fees_v1 import Offer
from qos.wallet.derivation import COIN_TYPE

SDK_VERSION: Final = "0.50.14"
MAX_DECIMALS: Final = 18
LOOPBACK: Final = "127.0.0.1"
MAX_CHAIN_NAME: Final = 36


@dataclass(frozen=True, slots=True, kw_only=True)
class Asset:
    """An asset as wallets show it: 10^decimals of `denom` are one `symbol`."""

    denom: str
    symbol: str
    decimals: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """What is written. Gas prices are whole units of the fee asset."""

    chain_id: str
    name: str
    rpc: str
    rest: str
    assets: tuple[Asset, ...]
    fee: Asset
    gas_prices: tuple[int, int, int]


Writer = Callable[[Facts], JsonObject]


def show_config(opened: Session, chain: str, public_host: str, write: Writer) -> None:
    """Print the configuration. Raises: NotRunning, UsageError, Refused, Unreachable."""
    found = chosen(opened.network().chains, chain)
    facts = ask(found.rpc, lambda node: _facts(node, found, public_host or LOOPBACK))
    print(render_json(write(facts), indent=2))


async def _facts(node: Transport, chain: RunningChain, host: str) -> Facts:
    quote = await fee_quote(node)
    asked = query(
        "/cosmos.bank.v1beta1.Query/DenomsMetadata", QueryDenomsMetadataRequest(), QueryDenomsMetadataResponse
    )
    assets = tuple(_asset(each) for each in (await node.send(asked)).metadatas)
    by_denom = {asset.denom: asset for asset in assets}
    return Facts(
        chain_id=chain.chain_id,
        name=f"QOS {chain.chain_id}"[:MAX_CHAIN_NAME],
        rpc=chain.rpc.replace(LOOPBACK, host),
        rest=chain.rest.replace(LOOPBACK, host),
        assets=assets,
        fee=by_denom.get(quote.denom, Asset(denom=quote.denom, symbol=quote.denom, decimals=0)),
        gas_prices=(_price(quote.slow), _price(quote.normal), _price(quote.fast)),
    )


def _asset(metadata: Metadata) -> Asset:
    exponents = {unit.denom: unit.exponent for unit in metadata.denom_units}
    decimals = exponents.get(metadata.display, 0)
    return Asset(denom=metadata.base, symbol=metadata.symbol or metadata.base, decimals=min(decimals, MAX_DECIMALS))


def _price(offer: Offer | None) -> int:
    if offer is None:
        raise BadAnswer("the node quoted no price")
    return offer.gas_price


def keplr(facts: Facts) -> JsonObject:
    """Return a ChainInfo as Keplr's `experimentalSuggestChain` takes it; there is no staking to name yet."""
    currencies: list[JsonValue] = [_currency(asset) for asset in facts.assets or (facts.fee,)]
    low, average, high = facts.gas_prices
    fee: JsonObject = {**_currency(facts.fee), "gasPriceStep": {"low": low, "average": average, "high": high}}
    return {
        "rpc": facts.rpc,
        "rest": facts.rest,
        "chainId": facts.chain_id,
        "chainName": facts.name,
        "bip44": {"coinType": COIN_TYPE},
        "bech32Config": {
            "bech32PrefixAccAddr": ACCOUNT_PREFIX,
            "bech32PrefixAccPub": f"{ACCOUNT_PREFIX}pub",
            "bech32PrefixValAddr": VALIDATOR_PREFIX,
            "bech32PrefixValPub": f"{VALIDATOR_PREFIX}pub",
            "bech32PrefixConsAddr": CONSENSUS_PREFIX,
            "bech32PrefixConsPub": f"{CONSENSUS_PREFIX}pub",
        },
        "currencies": currencies,
        "feeCurrencies": [fee],
        "features": [],
    }


def _currency(asset: Asset) -> JsonObject:
    return {"coinDenom": asset.symbol, "coinMinimalDenom": asset.denom, "coinDecimals": asset.decimals}


def ping_pub(facts: Facts) -> JsonObject:
    """Return a chain file of the explorer ping.pub."""
    assets: list[JsonValue] = [
        {"base": asset.denom, "symbol": asset.symbol, "exponent": str(asset.decimals), "coingecko_id": "", "logo": ""}
        for asset in facts.assets or (facts.fee,)
    ]
    return {
        "chain_name": facts.chain_id,
        "api": [facts.rest],
        "rpc": [facts.rpc],
        "snapshot_provider": "",
        "sdk_version": SDK_VERSION,
        "coin_type": str(COIN_TYPE),
        "min_tx_fee": str(facts.gas_prices[1]),
        "addr_prefix": ACCOUNT_PREFIX,
        "logo": "",
        "assets": assets,
    }
