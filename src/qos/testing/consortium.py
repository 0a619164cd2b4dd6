"""A consortium for tests: its CAs, certificates for keys, and the genesis and messages made of them."""

from base64 import b64encode
from collections.abc import Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

from qos.base.blocktime import DAY_S, SECOND_NS, parse_rfc3339
from qos.base.errors import RuleViolation
from qos.base.identifiers import Address, format_address
from qos.chains.business import BUSINESS
from qos.modules.validators.consortium import formulas
from qos.proto.record import Record
from qos.proto.records.qos_consortium_v1 import (
    MsgRegister,
    MsgRevoke,
    QueryMemberRequest,
    QueryMemberResponse,
    Registration,
    RevocationList,
)
from qos.proto.records.tendermint_abci import ExecTxResult
from qos.testing.chain import (
    ALICE,
    AUTHORITY,
    DAVE,
    FUNDS,
    GENESIS_TIME,
    PEOPLE,
    VirtualChain,
    expect,
    genesis_document,
)
from qos.testing.transactions import Key, send
from qos.wallet.certificates import Issued, Wanted, issue_member, issue_node, issue_root

CHAIN_ID = "shop-1"
START_S = parse_rfc3339(GENESIS_TIME) // SECOND_NS
YEAR_S = 365 * DAY_S
GAS = 300_000


def wanted(organisation: str, name: str, *, start_s: int = START_S - DAY_S, end_s: int = START_S + YEAR_S) -> Wanted:
    """Return the wish for a certificate, good for a year from the day before genesis on unless said."""
    return Wanted(organisation=organisation, common_name=name, not_before_s=start_s, not_after_s=end_s)


@dataclass(frozen=True, slots=True, kw_only=True)
class Consortium:
    """A root and the CA of one member."""

    root: Issued
    member: Issued

    def node(self, name: str, **times: int) -> Issued:
        """Issue a node certificate of the member."""
        return issue_node(self.member, wanted(self.member.content.subject.organisation, name, **times))

    def registration(self, node: Issued, account: Address) -> Registration:
        """Return the registration of an account."""
        return Registration(account=account, node=node.certificate, member=self.member.certificate)

    def register(
        self, sender: Key, account: Address, node: Issued, *, chain_id: str = CHAIN_ID, proof: bytes | None = None
    ) -> MsgRegister:
        """Return the message that registers an account, with a good proof unless another is given."""
        good = node.sign(formulas.possession_bytes(chain_id, account)) if proof is None else proof
        return MsgRegister(sender=sender.address, registration=self.registration(node, account), proof=good)


@cache
def consortium(name: str = "Shop") -> Consortium:
    """Return the consortium of a name, the same each time."""
    root = issue_root(wanted(f"{name} consortium", "root"))
    return Consortium(root=root, member=issue_member(root, wanted(name, f"{name} CA")))


def revocation(sender: Key, issuer: Issued, number: int, *serials: bytes, chain_id: str = CHAIN_ID) -> MsgRevoke:
    """Return a CA's signed list."""
    listed = RevocationList(chain_id=chain_id, issuer=issuer.content.key_id, number=number, serials=serials)
    return MsgRevoke(
        sender=sender.address,
        list=listed,
        issuer_certificate=issuer.certificate,
        signature=issuer.sign(formulas.list_bytes(listed)),
    )


def consortium_state(members: Sequence[tuple[Key, Issued]], *, members_only: bool = True) -> dict[str, Any]:
    """Return the module's genesis JSON with these accounts registered."""
    group = consortium()
    return {
        "params": {"authority": format_address(AUTHORITY.address), "members_only": members_only},
        "roots": [{"certificate": _text(group.root.certificate)}],
        "registrations": [
            {
                "account": format_address(key.address),
                "node": _text(node.certificate),
                "member": _text(group.member.certificate),
            }
            for key, node in members
        ],
    }


def consortium_chain(members: Sequence[tuple[Key, Issued]], *, members_only: bool = True) -> VirtualChain:
    """Return a business chain without fees whose members alone may send."""
    funds = {key.address: FUNDS for key in (*PEOPLE, AUTHORITY)}
    state = consortium_state(members, members_only=members_only)
    return VirtualChain(
        genesis_document(BUSINESS, chain_id=CHAIN_ID, funds=funds, gas_price=0, consortium=state), chain=BUSINESS
    )


def _text(data: bytes) -> str:
    return b64encode(data).decode()


def do(chain: VirtualChain, key: Key, message: Record) -> ExecTxResult:
    """Run a block with one transaction that pays no fee."""
    return chain.run_block(chain.tx(key, message, gas=GAS, price=0)).tx_results[0]


def gives(chain: VirtualChain, key: Key) -> ExecTxResult:
    """Have somebody send what only members may."""
    return do(chain, key, send(key.address, DAVE.address, 1))


def refuses(chain: VirtualChain, message: Record, error: type[RuleViolation]) -> None:
    """Fail unless Alice's message is refused with this error and the consortium stays as it was."""
    before = chain.machine.export_genesis()["consortium"]
    expect(do(chain, ALICE, message), error)
    assert chain.machine.export_genesis()["consortium"] == before


def member(chain: VirtualChain, account: Address) -> QueryMemberResponse:
    """Ask what an account is registered with."""
    return chain.query("/qos.consortium.v1.Query/Member", QueryMemberRequest(account=account), QueryMemberResponse)
