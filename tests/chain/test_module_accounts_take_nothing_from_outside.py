"""[L3] Threat 31: accounts that rules hold take no deposits and no grants, whichever message brings them."""

import pytest

from qos.base.identifiers import Address
from qos.chains.business import BUSINESS
from qos.chains.public import PUBLIC
from qos.machine.chain import Chain
from qos.modules.assets.accounts.state import ACCOUNTS
from qos.modules.assets.bank.state import BALANCES
from qos.proto import codec
from qos.proto.record import Record
from qos.proto.records.cosmos_auth_v1beta1 import ModuleAccount
from qos.proto.records.cosmos_bank_v1beta1 import Input, MsgMultiSend, Output
from qos.proto.records.cosmos_feegrant_v1beta1 import BasicAllowance, MsgGrantAllowance
from qos.testing.chain import ALICE, BOB, VirtualChain, genesis_document
from qos.testing.transactions import aqos, send


def deposits(to: Address) -> list[Record]:
    """Return every message of the ledger that could pay into an account, and a grant to it."""
    outputs = (Output(address=BOB.address, coins=aqos(1)), Output(address=to, coins=aqos(1)))
    return [
        send(ALICE.address, to, 1),
        MsgMultiSend(inputs=(Input(address=ALICE.address, coins=aqos(2)),), outputs=outputs),
        MsgGrantAllowance(granter=ALICE.address, grantee=to, allowance=codec.pack(BasicAllowance())),
    ]


@pytest.mark.parametrize("kind", [PUBLIC, BUSINESS], ids=["public", "business"])
def test_no_message_pays_into_a_module_account(kind: Chain) -> None:
    chain = VirtualChain(genesis_document(kind, gas_price=0), chain=kind)
    modules = [address for address, account in ACCOUNTS.items(chain.state()) if isinstance(account, ModuleAccount)]
    assert modules
    before = {address: held for address, held in BALANCES.items(chain.state()) if address[0] in modules}
    for address in modules:
        for message in deposits(address):
            assert chain.run_block(chain.tx(ALICE, message, price=0)).tx_results[0].code != 0
    after = {address: held for address, held in BALANCES.items(chain.state()) if address[0] in modules}
    assert after == before
