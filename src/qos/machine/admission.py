"""Admission: who signed, is it their turn, do they pay. A transaction past it pays whatever happens (T3).

A signature is verified once: the verdict depends only on the transaction's bytes, the account number and
the key, so it is kept under them between CheckTx, the proposal and the block. The admission as a whole is kept as long
as nothing it read is written (`admitted`).
"""

from collections import OrderedDict
from collections.abc import Sequence
from contextlib import suppress
from typing import NamedTuple

from qos.base.errors import RuleViolation
from qos.base.identifiers import Address
from qos.crypto import multisig
from qos.crypto.errors import BadSignature
from qos.machine import gas as costs
from qos.machine import signing, transaction
from qos.machine.abci import NOTHING_AHEAD, Ahead
from qos.machine.admitted import Admitted
from qos.machine.chain import Account, Chain
from qos.machine.context import BlockInfo, Context
from qos.machine.errors import (
    InvalidGasLimit,
    InvalidPublicKey,
    MemoTooLarge,
    TimeoutHeightPassed,
    Unauthorized,
    UnknownAddress,
    UnknownRequest,
    WrongSequence,
)
from qos.machine.gas import UNLIMITED, GasMeter
from qos.machine.transaction import Transaction
from qos.proto import codec
from qos.proto.record import AnyRecord
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import Fee, SignerInfo, TxRaw
from qos.store.overlay import Overlay

MAX_MEMO_BYTES = 512
MAX_BLOCK_GAS = 200_000_000
REMEMBERED_BYTES = 128 * 1024 * 1024
UNSIGNED_FEE_BYTES = 112
UNSIGNED_SIGNER_BYTES = 72
"""What a simulated transaction may lack of the one that will be sent: the fee, and per signer mode and signature."""
DECODED_OVERHEAD = 6_000
"""About what a decoded plain transfer takes in memory beside its bytes, which are there four times."""


_Verdict = tuple[int, AnyRecord]
"""Account number and key of a signer."""


class Claim(NamedTuple):
    """A transaction, and the accounts and keys that have to have signed it."""

    chain_id: str
    tx: Transaction
    accounts: list[Account]
    keys: list[AnyRecord]


class Admission:
    """Decodes and admits transactions of one chain, remembering decoded forms and verified signatures."""

    def __init__(self, chain: Chain) -> None:
        self._chain = chain
        self.routes = chain.messages
        self._decoded: OrderedDict[bytes, Transaction] = OrderedDict()
        self._verified: dict[bytes, tuple[_Verdict, ...]] = {}
        self._admitted: dict[bytes, Admitted] = {}
        self._remembered_bytes = 0

    def decode(self, data: bytes) -> Transaction:
        """Decode a transaction, or find it decoded. Raises: as `transaction.decode`."""
        known = self._decoded.get(data)
        if known is not None:
            return known
        decoded = transaction.decode(self._chain, data)
        self._decoded[data] = decoded
        self._remembered_bytes += _weight(decoded)
        while self._remembered_bytes > REMEMBERED_BYTES:
            self.forget(next(iter(self._decoded)))
        return decoded

    def decode_for_simulation(self, raw: TxRaw) -> Transaction:
        """Decode a transaction that will never be in a block, without remembering it."""
        return transaction.decode(self._chain, codec.encode(raw))

    def forget(self, data: bytes) -> None:
        """Drop what is remembered of a transaction that was refused or is in a block."""
        known = self._decoded.pop(data, None)
        if known is not None:
            self._remembered_bytes -= _weight(known)
            self._verified.pop(known.hash, None)
            self._admitted.pop(known.hash, None)

    def keep(self, tx: Transaction, admitted: Admitted) -> None:
        """Remember how a transaction was admitted on the committed state."""
        self._admitted[tx.hash] = admitted

    def kept(self, tx: Transaction, state: Overlay, block: BlockInfo) -> Admitted | None:
        """Return how a transaction was admitted, when it would be so again behind the writes of `state`."""
        found = self._admitted.get(tx.hash)
        return found if found is not None and found.stands(state, block) else None

    def new_state(self) -> None:
        """Forget all admissions: another state is the committed one."""
        self._admitted.clear()

    def admit(
        self,
        ctx: Context,
        block: BlockInfo,
        tx: Transaction,
        *,
        simulate: bool = False,
        ahead: Ahead = NOTHING_AHEAD,
    ) -> tuple[Coin, ...]:
        """Charge for size and signatures, check signers, take the fee, use up sequences; returns the fee taken.

        Of the block only chain and height matter here; hooks that look at more find it in `ctx`. What costs little
        comes before the signatures. Simulation accepts missing signatures and fees. With `ahead` it is judged whether
        the transaction would be good behind others that wait.
        Raises: MemoTooLarge, TimeoutHeightPassed, OutOfGas, UnknownAddress, UnknownRequest, InvalidPublicKey,
        UnsupportedKey, WrongSequence, InsufficientFee, InvalidCoins, InsufficientFunds, Unauthorized, NoAminoForm.
        """
        self._check_body(block, tx)
        size = tx.size + UNSIGNED_FEE_BYTES + UNSIGNED_SIGNER_BYTES * len(tx.signers) if simulate else tx.size
        ctx.gas.consume(costs.TX_BASE + costs.TX_BYTE * size)
        accounts = [self._account(ctx, address) for address in tx.signers]
        if ahead.counts:
            accounts = _behind(accounts, dict(ahead.counts))
        signer_keys = [
            _signer_key(account, info, simulate=simulate)
            for account, info in zip(accounts, tx.auth_info.signer_infos, strict=True)
        ]
        for key, info in zip(signer_keys, tx.auth_info.signer_infos, strict=True):
            ctx.gas.consume(signing.cost(key, info, size, simulate=simulate))
        if not simulate:
            _check_sequences(tx, accounts)
        paid = self._charge(ctx, tx, simulate=simulate)
        if ahead.promised:
            self._charge_promised(ctx, paid, tx, ahead.promised)
        if not simulate:
            self.verify(Claim(block.chain_id, tx, accounts, signer_keys))
        for account, key in zip(accounts, signer_keys, strict=True):
            self._chain.accounts.advance(ctx, account, key)
        return paid

    def _check_body(self, block: BlockInfo, tx: Transaction) -> None:
        if len(tx.body.memo.encode()) > MAX_MEMO_BYTES:
            raise MemoTooLarge(f"the memo is longer than {MAX_MEMO_BYTES} bytes: memo too large")
        if tx.body.timeout_height and block.height > tx.body.timeout_height:
            raise TimeoutHeightPassed(
                f"block {block.height} is past the timeout height {tx.body.timeout_height}: tx timeout height",
            )

    def _account(self, ctx: Context, address: Address) -> Account:
        account = self._chain.accounts.find(ctx, address)
        if account is None:
            raise UnknownAddress(address)
        return account

    def _charge(self, ctx: Context, tx: Transaction, *, simulate: bool) -> tuple[Coin, ...]:
        fee = tx.auth_info.fee
        assert fee is not None  # decode refuses a transaction without
        payer = fee.payer or tx.signers[0]
        if payer not in tx.signers:
            raise Unauthorized("the fee payer is no signer of the transaction: unauthorized")
        if fee.granter and fee.granter != payer:
            if self._chain.spend_grant is None:
                raise UnknownRequest("this chain has no fee grants: leave the granter empty")
            self._chain.spend_grant(ctx, fee.granter, payer, fee.amount, tx.body.messages)
            payer = fee.granter
        return self._chain.charge(ctx, payer, fee, simulate=simulate)

    def _charge_promised(self, ctx: Context, paid: tuple[Coin, ...], tx: Transaction, promised: int) -> None:
        """See whether the payer can also pay what waits before; costs no gas, a block would not do it."""
        apart = Context(ctx.state, ctx.block, GasMeter(UNLIMITED), [], ctx.signers)
        fee = Fee(amount=tuple([Coin(denom=coin.denom, amount=promised) for coin in paid]))
        self._chain.charge(apart, Address(tx.terms.payer), fee, simulate=False)

    def claims(self, ctx: Context, txs: Sequence[bytes]) -> list[Claim]:
        """Return what is claimed to be signed by the transactions of a block that nobody has verified before.

        Those that cannot be read, or have signers without account or key, claim nothing.
        """
        found: list[Claim] = []
        for data in txs:
            with suppress(RuleViolation):  # refused when its turn comes
                tx = self.decode(data)
                if tx.hash not in self._verified:
                    accounts = [self._account(ctx, address) for address in tx.signers]
                    infos = zip(accounts, tx.auth_info.signer_infos, strict=True)
                    signer_keys = [_signer_key(account, info, simulate=False) for account, info in infos]
                    found.append(Claim(ctx.block.chain_id, tx, accounts, signer_keys))
        return found

    def verify(self, claim: Claim) -> None:
        """Check all signatures of a transaction, unless they were found good for the same accounts and keys.

        Raises: Unauthorized, NoAminoForm, UnsupportedKey, MalformedBytes, MalformedField.
        """
        chain_id, tx, accounts, signer_keys = claim
        verdicts = tuple([(account.number, key) for account, key in zip(accounts, signer_keys, strict=True)])
        if self._verified.get(tx.hash) == verdicts:
            return
        signed = zip(accounts, tx.auth_info.signer_infos, signer_keys, tx.raw.signatures, strict=True)
        for account, info, key, signature in signed:
            signing.verify_signer(chain_id, tx, account, info, key, signature)
        self._verified[tx.hash] = verdicts


def _behind(accounts: list[Account], counts: dict[bytes, int]) -> list[Account]:
    """Return the accounts as they will be after what waits before."""
    return [each._replace(sequence=each.sequence + counts.get(each.address, 0)) for each in accounts]


def _weight(tx: Transaction) -> int:
    return 4 * tx.size + DECODED_OVERHEAD


def _check_sequences(tx: Transaction, accounts: list[Account]) -> None:
    for account, info in zip(accounts, tx.auth_info.signer_infos, strict=True):
        if info.sequence != account.sequence:
            raise WrongSequence(account.sequence, info.sequence)


def _signer_key(account: Account, info: SignerInfo, *, simulate: bool) -> AnyRecord:
    """Return the key that must have signed: the one in the transaction, which must be the account's.

    Simulation goes by the account's key, or by whatever key the wallet shows: some show one of another kind then.
    """
    known, shown = account.public_key, info.public_key
    key = (known or shown) if simulate else (shown or known)
    if key is None:
        raise InvalidPublicKey("the account has not signed before and the transaction carries no key: invalid pubkey")
    if not simulate and key != known:
        if known is not None:
            raise InvalidPublicKey("the key is not the one the account signs with: invalid pubkey")
        if not _is_key_of(key, account.address):
            raise InvalidPublicKey("the key does not belong to the signer's address: invalid pubkey")
    signing.check_form(key, info, simulate=simulate)
    return key


def _is_key_of(key: AnyRecord, address: Address) -> bool:
    try:
        return multisig.address_of(key.type_url, key.value) == address
    except BadSignature as error:
        raise InvalidPublicKey(f"{error}: invalid pubkey") from None


def gas_limit_of(tx: Transaction) -> int:
    """Return the gas limit of a transaction. Raises: InvalidGasLimit."""
    fee = tx.auth_info.fee
    assert fee is not None  # decode refuses a transaction without
    if not 0 < fee.gas_limit <= MAX_BLOCK_GAS:
        raise InvalidGasLimit(f"gas limit {fee.gas_limit} is not within 1 to {MAX_BLOCK_GAS}: invalid gas limit")
    return fee.gas_limit
