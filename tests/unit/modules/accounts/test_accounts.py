import pytest

from qos.base.errors import InvariantBroken
from qos.base.identifiers import Address, format_address, module_address
from qos.machine.context import ReadContext
from qos.machine.genesis import BadGenesis
from qos.modules.assets.accounts import genesis, operations
from qos.modules.assets.accounts.state import ACCOUNTS, NEXT_NUMBER
from qos.modules.economics.fees.operations import COLLECTOR
from qos.proto import codec
from qos.proto.records.cosmos_auth_v1beta1 import (
    BaseAccount,
    Bech32PrefixRequest,
    Bech32PrefixResponse,
    ModuleAccount,
    QueryAccountInfoRequest,
    QueryAccountInfoResponse,
    QueryAccountRequest,
    QueryAccountResponse,
    QueryAccountsRequest,
    QueryAccountsResponse,
    QueryModuleAccountByNameRequest,
    QueryModuleAccountByNameResponse,
    QueryParamsRequest,
    QueryParamsResponse,
)
from qos.proto.records.cosmos_base_query_v1beta1 import PageRequest
from qos.testing.chain import ALICE, BOB, PEOPLE, VirtualChain
from qos.testing.transactions import send

SERVICE = "/cosmos.auth.v1beta1.Query"


@pytest.fixture
def chain() -> VirtualChain:
    return VirtualChain()


def account(chain: VirtualChain, address: Address) -> BaseAccount | ModuleAccount:
    found = chain.query(f"{SERVICE}/Account", QueryAccountRequest(address=address), QueryAccountResponse).account
    assert found is not None
    if found.type_url == codec.type_url(ModuleAccount):
        return codec.unpack(ModuleAccount, found)
    return codec.unpack(BaseAccount, found)


def test_an_account_shows_number_sequence_and_the_key_it_signed_with(chain: VirtualChain) -> None:
    before = account(chain, ALICE.address)
    chain.run_block(chain.tx(ALICE, send(ALICE.address, BOB.address, 1)))
    after = account(chain, ALICE.address)
    assert isinstance(before, BaseAccount)
    assert isinstance(after, BaseAccount)
    assert (before.sequence, before.pub_key, after.sequence) == (0, None, 1)
    assert (after.pub_key is not None, after.account_number) == (True, before.account_number)
    assert after.address == ALICE.address


def test_an_account_that_only_received_has_a_number_and_no_key(chain: VirtualChain) -> None:
    chain.run_block(chain.tx(ALICE, send(ALICE.address, Address(b"n" * 20), 1)))
    found = account(chain, Address(b"n" * 20))
    assert isinstance(found, BaseAccount)
    assert (found.sequence, found.pub_key) == (0, None)
    assert found.account_number == (NEXT_NUMBER.get(chain.state()) or 0) - 1


def test_a_module_account_shows_its_name(chain: VirtualChain) -> None:
    found = account(chain, COLLECTOR)
    assert isinstance(found, ModuleAccount)
    assert found.name == "fee_collector"


def test_accounts_are_listed_page_by_page_each_once(chain: VirtualChain) -> None:
    seen: list[str] = []
    key = b""
    while True:
        request = QueryAccountsRequest(pagination=PageRequest(key=key, limit=2))
        page = chain.query(f"{SERVICE}/Accounts", request, QueryAccountsResponse)
        seen += [each.value.hex() for each in page.accounts]
        assert page.pagination is not None
        key = page.pagination.next_key
        if not key:
            break
    assert len(seen) == len(set(seen)) == len(list(ACCOUNTS.items(chain.state())))


def test_what_all_kinds_of_account_have_is_told_of_each(chain: VirtualChain) -> None:
    plain = chain.query(
        f"{SERVICE}/AccountInfo", QueryAccountInfoRequest(address=ALICE.address), QueryAccountInfoResponse
    )
    assert plain.info.account_number == 0
    module = chain.query(f"{SERVICE}/AccountInfo", QueryAccountInfoRequest(address=COLLECTOR), QueryAccountInfoResponse)
    assert module.info.address == COLLECTOR
    unknown = chain.ask(f"{SERVICE}/AccountInfo", QueryAccountInfoRequest(address=Address(b"?" * 20)))
    assert (unknown.codespace, unknown.code) == ("sdk", 22)


def test_a_module_account_is_found_by_its_name(chain: VirtualChain) -> None:
    path = f"{SERVICE}/ModuleAccountByName"
    request = QueryModuleAccountByNameRequest(name="fee_collector")
    found = chain.query(path, request, QueryModuleAccountByNameResponse)
    assert found.account is not None
    assert codec.unpack(ModuleAccount, found.account).name == "fee_collector"
    assert chain.ask(path, QueryModuleAccountByNameRequest(name="nobody")).code == 22
    assert chain.query(f"{SERVICE}/Bech32Prefix", Bech32PrefixRequest(), Bech32PrefixResponse).bech32_prefix == "qos"


def test_the_limits_on_transactions_are_told(chain: VirtualChain) -> None:
    told = chain.query(f"{SERVICE}/Params", QueryParamsRequest(), QueryParamsResponse).params
    assert told is not None
    assert (told.max_memo_characters, told.tx_sig_limit) == (512, 8)


def test_a_module_account_never_signs(chain: VirtualChain) -> None:
    ctx = chain.scratch()
    operations.ensure_module_account(ctx, "x")
    assert operations.find(ctx, module_address("x")) is None
    assert operations.is_module_account(ctx, module_address("x"))
    assert not operations.is_module_account(ctx, ALICE.address)


def test_a_module_account_is_made_once_and_not_over_a_plain_one(chain: VirtualChain) -> None:
    ctx = chain.scratch()
    made = operations.ensure_module_account(ctx, "x")
    number = NEXT_NUMBER.get(ctx)
    assert operations.ensure_module_account(ctx, "x") == made
    assert NEXT_NUMBER.get(ctx) == number
    operations.ensure(ctx, module_address("y"))
    with pytest.raises(BadGenesis):
        operations.ensure_module_account(ctx, "y")


def test_an_account_is_made_once(chain: VirtualChain) -> None:
    ctx = chain.scratch()
    assert operations.ensure(ctx, Address(b"n" * 20)) == operations.ensure(ctx, Address(b"n" * 20))
    genesis.numbers_are_unique(ReadContext(ctx.state, ctx.block))


def test_a_number_given_twice_or_too_high_is_found_out(chain: VirtualChain) -> None:
    for number in (0, NEXT_NUMBER.get(chain.state()) or 0):
        ctx = chain.scratch()
        ACCOUNTS.set(ctx, Address(b"n" * 20), BaseAccount(address=Address(b"n" * 20), account_number=number))
        with pytest.raises(InvariantBroken):
            genesis.numbers_are_unique(ReadContext(ctx.state, ctx.block))


def test_people_have_the_first_numbers_in_the_order_of_genesis(chain: VirtualChain) -> None:
    assert [chain.signer(key).number for key in PEOPLE] == list(range(len(PEOPLE)))
    assert format_address(ALICE.address).startswith("qos1")
