import pytest

from qos.base.amounts import E18
from qos.base.identifiers import Address
from qos.machine.errors import InvalidRequest, KeyNotFound
from qos.modules.assets.bank import operations
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto.record import Record
from qos.proto.records import cosmos_bank_v1beta1 as bank
from qos.proto.records import qos_bank_v1 as ours
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.testing.chain import ALICE, BOB, FUNDS, PEOPLE, VirtualChain
from qos.testing.stake import POWER

SERVICE = "/cosmos.bank.v1beta1.Query"
TOKEN = "qsc/ABC"
NOBODY = Address(b"z" * 20)


def coin(amount: int, denom: str = TOKEN) -> Coin:
    return Coin(denom=denom, amount=amount)


@pytest.fixture(scope="module")
def chain() -> VirtualChain:
    made = VirtualChain()
    made.operations += [
        lambda ctx: operations.create_asset(ctx, bank.Metadata(base=TOKEN, symbol="ABC"), BOB.address),
        lambda ctx: operations.mint(ctx, ALICE.address, coin(10)),
        lambda ctx: operations.freeze(ctx, ALICE.address, coin(4)),
        lambda ctx: operations.set_paused(ctx, TOKEN, paused=True),
    ]
    made.run_block()
    return made


@pytest.mark.parametrize(
    ("owner", "denom", "amount"),
    [(ALICE.address, TOKEN, 10), (ALICE.address, "aqos", FUNDS), (BOB.address, TOKEN, 0), (NOBODY, "aqos", 0)],
)
def test_a_balance_is_told_and_zero_where_there_is_none(
    chain: VirtualChain, owner: Address, denom: str, amount: int
) -> None:
    request = bank.QueryBalanceRequest(address=owner, denom=denom)
    assert chain.query(f"{SERVICE}/Balance", request, bank.QueryBalanceResponse).balance == coin(amount, denom)


def test_all_that_one_holds_is_listed_by_name(chain: VirtualChain) -> None:
    def held(owner: Address) -> tuple[Coin, ...]:
        request = bank.QueryAllBalancesRequest(address=owner)
        return chain.query(f"{SERVICE}/AllBalances", request, bank.QueryAllBalancesResponse).balances

    assert held(ALICE.address) == (coin(FUNDS, "aqos"), coin(10))
    assert held(NOBODY) == ()


def test_what_may_be_spent_leaves_out_what_is_frozen(chain: VirtualChain) -> None:
    request = bank.QuerySpendableBalancesRequest(address=ALICE.address)
    found = chain.query(f"{SERVICE}/SpendableBalances", request, bank.QuerySpendableBalancesResponse)
    assert found.balances == (coin(FUNDS, "aqos"), coin(6))


def test_supplies_are_told_one_by_one_and_page_by_page(chain: VirtualChain) -> None:
    native = coin(len(PEOPLE) * FUNDS + POWER * E18, "aqos")
    one = chain.query(f"{SERVICE}/SupplyOf", bank.QuerySupplyOfRequest(denom=TOKEN), bank.QuerySupplyOfResponse)
    none = chain.query(f"{SERVICE}/SupplyOf", bank.QuerySupplyOfRequest(denom="qsc/NO"), bank.QuerySupplyOfResponse)
    every = chain.query(f"{SERVICE}/TotalSupply", bank.QueryTotalSupplyRequest(), bank.QueryTotalSupplyResponse)
    last = bank.QueryTotalSupplyRequest(pagination=PageRequest(reverse=True, limit=1))
    page = chain.query(f"{SERVICE}/TotalSupply", last, bank.QueryTotalSupplyResponse)
    assert (one.amount, none.amount) == (coin(10), coin(0, "qsc/NO"))
    assert every.supply == (native, coin(10))
    assert page.supply == (coin(10),)
    assert page.pagination is not None
    assert page.pagination.next_key


def test_names_of_assets_are_told(chain: VirtualChain) -> None:
    one = bank.QueryDenomMetadataRequest(denom=TOKEN)
    found = chain.query(f"{SERVICE}/DenomMetadata", one, bank.QueryDenomMetadataResponse).metadata
    every = chain.query(
        f"{SERVICE}/DenomsMetadata", bank.QueryDenomsMetadataRequest(), bank.QueryDenomsMetadataResponse
    )
    assert found == bank.Metadata(base=TOKEN, symbol="ABC")
    assert [each.base for each in every.metadatas] == ["aqos", TOKEN]


def test_one_asset_is_told_in_the_forms_newer_clients_ask_in(chain: VirtualChain) -> None:
    free = chain.query(
        f"{SERVICE}/SpendableBalanceByDenom",
        bank.QuerySpendableBalanceByDenomRequest(address=ALICE.address, denom="aqos"),
        bank.QuerySpendableBalanceByDenomResponse,
    )
    assert free.balance == coin(FUNDS, "aqos")
    named = chain.query(
        f"{SERVICE}/DenomMetadataByQueryString",
        bank.QueryDenomMetadataByQueryStringRequest(denom=TOKEN),
        bank.QueryDenomMetadataByQueryStringResponse,
    )
    assert named.metadata == bank.Metadata(base=TOKEN, symbol="ABC")


def test_paused_assets_may_not_be_sent_and_others_may(chain: VirtualChain) -> None:
    def asked(*denoms: str) -> tuple[tuple[str, bool], ...]:
        request = bank.QuerySendEnabledRequest(denoms=denoms)
        found = chain.query(f"{SERVICE}/SendEnabled", request, bank.QuerySendEnabledResponse)
        return tuple((each.denom, each.enabled) for each in found.send_enabled)

    assert asked() == ((TOKEN, False),)
    assert asked("aqos", TOKEN) == (("aqos", True), (TOKEN, False))


def test_an_asset_is_told_with_issuer_pause_and_supply(chain: VirtualChain) -> None:
    found = chain.query("/qos.bank.v1.Query/Asset", ours.QueryAssetRequest(denom=TOKEN), ours.QueryAssetResponse)
    assert found.asset == ours.Asset(id=1, denom=TOKEN, issuer=BOB.address, paused=True)
    assert found.supply == 10


def test_all_assets_are_told_in_order_of_denomination(chain: VirtualChain) -> None:
    found = chain.query("/qos.bank.v1.Query/Assets", ours.QueryAssetsRequest(), ours.QueryAssetsResponse)
    assert [(asset.denom, asset.id) for asset in found.assets] == [("aqos", 0), (TOKEN, 1)]


@pytest.mark.parametrize(
    ("path", "request_", "error"),
    [
        (f"{SERVICE}/Balance", bank.QueryBalanceRequest(address=ALICE.address), InvalidRequest),
        (f"{SERVICE}/SupplyOf", bank.QuerySupplyOfRequest(), InvalidRequest),
        (
            f"{SERVICE}/SpendableBalanceByDenom",
            bank.QuerySpendableBalanceByDenomRequest(address=ALICE.address),
            InvalidRequest,
        ),
        (f"{SERVICE}/DenomMetadataByQueryString", bank.QueryDenomMetadataByQueryStringRequest(), KeyNotFound),
        (f"{SERVICE}/DenomMetadata", bank.QueryDenomMetadataRequest(), KeyNotFound),
        (f"{SERVICE}/DenomMetadata", bank.QueryDenomMetadataRequest(denom="qsc/NO"), KeyNotFound),
        ("/qos.bank.v1.Query/Asset", ours.QueryAssetRequest(denom="qsc/NO"), KeyNotFound),
    ],
)
def test_what_is_not_named_or_not_there_is_said_so(
    chain: VirtualChain, path: str, request_: Record, error: type[InvalidRequest] | type[KeyNotFound]
) -> None:
    assert chain.ask(path, request_).code == error.code.number


def test_sending_is_said_to_be_enabled(chain: VirtualChain) -> None:
    found = chain.query(f"{SERVICE}/Params", bank.QueryParamsRequest(), bank.QueryParamsResponse).params
    assert found is not None
    assert found.default_send_enabled
    assert chain.balance(COLLECTOR) == 0
