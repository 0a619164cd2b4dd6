import pytest

from qos.base.identifiers import Address, format_address
from qos.machine.abci import QueryResult
from qos.machine.beginning import SENTINEL_KEY
from qos.machine.errors import ALL
from qos.machine.queries import IAVL_OP, MAX_QUERY_BYTES, SIMPLE_OP
from qos.modules.assets.bank.state import BALANCES
from qos.proto import codec
from qos.proto.records import cosmos_auth_v1beta1 as auth
from qos.proto.records import cosmos_bank_v1beta1 as bank
from qos.store.ics23 import BadProof
from qos.store.layout import app_hash_of
from qos.store.proofs import proven_absence, proven_value
from qos.testing.chain import ALICE, BOB, FUNDS, VirtualChain
from qos.testing.transactions import send

BALANCE = "/cosmos.bank.v1beta1.Query/Balance"
ACCOUNT = "/cosmos.auth.v1beta1.Query/Account"
BOBS = BALANCES.raw_key((BOB.address, "aqos"))
NOBODY = Address(b"z" * 20)
OF_BOB = bank.QueryBalanceRequest(address=BOB.address, denom="aqos")


@pytest.fixture(scope="module")
def chain() -> VirtualChain:
    """Return a chain at height 10 that keeps 5 versions; each block gives Bob as much as its height."""
    made = VirtualChain(keep_versions=5)
    for height in range(2, 11):
        made.run_block(made.tx(ALICE, send(ALICE.address, BOB.address, height)))
    return made


def stored(chain: VirtualChain, store: str, key: bytes, height: int = 0, *, prove: bool = False) -> QueryResult:
    return chain.machine.query(f"/store/{store}/key", key, height, prove=prove)


def had(height: int) -> int:
    return FUNDS + sum(range(2, height + 1))


def app_hash_at(chain: VirtualChain, height: int) -> bytes:
    with chain.machine.store.at(height) as reader:
        return app_hash_of(reader.roots)


def test_without_a_height_the_newest_block_answers(chain: VirtualChain) -> None:
    answer = chain.ask(BALANCE, OF_BOB)
    assert answer.height == 10
    coin = chain.query(BALANCE, OF_BOB, bank.QueryBalanceResponse).balance
    assert coin is not None
    assert coin.amount == had(10)


@pytest.mark.parametrize("height", [6, 7, 9, 10])
def test_a_kept_height_answers_as_it_was(chain: VirtualChain, height: int) -> None:
    coin = chain.query(BALANCE, OF_BOB, bank.QueryBalanceResponse, height=height).balance
    assert coin is not None
    assert coin.amount == had(height)
    assert int(stored(chain, "bank", BOBS, height).value) == had(height)


@pytest.mark.parametrize("prove", [False, True])
@pytest.mark.parametrize("height", [-1, 1, 5, 11, 2**62])
def test_a_height_that_is_pruned_or_to_come_is_refused(chain: VirtualChain, height: int, prove: bool) -> None:
    answers = [chain.ask(BALANCE, OF_BOB, height=height), stored(chain, "bank", BOBS, height, prove=prove)]
    assert [(answer.codespace, answer.code) for answer in answers] == [("sdk", 26)] * 2
    assert "6 to 10" in answers[0].log


@pytest.mark.parametrize("height", [6, 8, 10])
def test_a_value_is_proved_at_every_kept_height(chain: VirtualChain, height: int) -> None:
    answer = stored(chain, "bank", BOBS, height, prove=True)
    assert (answer.code, answer.height, [op.type for op in answer.proof_ops]) == (0, height, [IAVL_OP, SIMPLE_OP])
    assert [op.key for op in answer.proof_ops] == [BOBS, b"bank"]
    links = [op.data for op in answer.proof_ops]
    assert proven_value(links, app_hash_at(chain, height), "bank", BOBS) == answer.value == str(had(height)).encode()
    with pytest.raises(BadProof):
        proven_value(links, app_hash_at(chain, 9 if height != 9 else 8), "bank", BOBS)


@pytest.mark.parametrize(
    "key",
    [BALANCES.raw_key((NOBODY, "aqos")), b"\x00", b"\xff\xff", b"k" * 480, b"k" * 10_000],
    ids=["balance", "first", "last", "longest", "too long"],
)
def test_that_something_is_absent_is_proved_too(chain: VirtualChain, key: bytes) -> None:
    answer = stored(chain, "bank", key, prove=True)
    assert (answer.code, answer.value) == (0, b"")
    proven_absence([op.data for op in answer.proof_ops], app_hash_at(chain, answer.height), "bank", key)


def test_a_proof_without_height_stands_one_below_the_newest_block(chain: VirtualChain) -> None:
    assert stored(chain, "bank", BOBS, prove=True).height == 9
    assert stored(chain, "bank", BOBS).height == 10


def test_a_chain_of_one_block_proves_at_that_block() -> None:
    young = VirtualChain()
    assert stored(young, "bank", BOBS, prove=True).height == 1


def test_every_store_holds_its_sentinel_so_that_absence_can_be_proved(chain: VirtualChain) -> None:
    for name in chain.machine.chain.stores:
        assert stored(chain, name, SENTINEL_KEY).value == b"qos-1"
        assert stored(chain, name, b"nothing here", prove=True).code == 0


@pytest.mark.parametrize(
    ("path", "data", "code"),
    [
        ("/cosmos.bank.v1beta1.Query/None", b"", 6),
        ("cosmos.bank.v1beta1.Query/Balance", b"", 6),
        ("", b"", 6),
        ("/", b"", 6),
        ("/store/none/key", b"k", 6),
        ("/store/bank/subspace", b"k", 6),
        ("/store/bank/key/more", b"k", 6),
        ("/store/bank", b"k", 6),
        ("/store/bank/key", b"", 18),
        (BALANCE, b"\xff", 2),
        (BALANCE, b"", 18),
        (BALANCE, b"\x0a\x03abc", 7),
        (BALANCE, b"x" * (MAX_QUERY_BYTES + 1), 18),
    ],
)
def test_a_query_that_cannot_be_answered_is_refused_with_a_code(
    chain: VirtualChain, path: str, data: bytes, code: int
) -> None:
    answer = chain.machine.query(path, data, 0, prove=False)
    assert (answer.codespace, answer.code) == ("sdk", code)
    assert answer.value == b""


def test_a_query_may_have_fields_that_newer_clients_add(chain: VirtualChain) -> None:
    data = codec.encode(OF_BOB) + b"\xfa\x3e\x03new"
    assert chain.machine.query(BALANCE, data, 0, prove=False).code == 0


def test_an_account_nobody_has_is_not_found_in_the_words_clients_look_for(chain: VirtualChain) -> None:
    answer = chain.ask(ACCOUNT, auth.QueryAccountRequest(address=NOBODY))
    name = format_address(NOBODY)
    assert answer.log == f"rpc error: code = NotFound desc = account {name} not found: key not found"
    assert (answer.codespace, answer.code) == ("sdk", 22)


def test_every_code_of_the_frame_belongs_to_one_error() -> None:
    codes = [(error.code.codespace, error.code.number) for error in ALL]
    assert len(set(codes)) == len(codes)
    assert codes == sorted(codes)
