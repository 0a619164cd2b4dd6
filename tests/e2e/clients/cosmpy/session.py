"""One cosmpy session against a public chain: what a back-end's developer would write, step by step.

Reads a JSON object from the first argument: url, chain_id, phrase, recipient, unused, denom, gas_price, steps.
Prints one JSON line a step: {"step", ...facts}. Any exception ends the process with code 1.
"""

import json
import sys
import time

import grpc
from cosmpy.aerial.client import LedgerClient, NetworkConfig
from cosmpy.aerial.client.utils import prepare_and_broadcast_basic_transaction
from cosmpy.aerial.exceptions import NotFoundError
from cosmpy.aerial.tx import Transaction
from cosmpy.aerial.wallet import LocalWallet
from cosmpy.crypto.address import Address
from cosmpy.crypto.keypairs import PrivateKey
from cosmpy.mnemonic import derive_child_key_from_mnemonic
from cosmpy.protos.cosmos.base.v1beta1.coin_pb2 import Coin
from cosmpy.protos.cosmos.gov.v1beta1.gov_pb2 import VOTE_OPTION_NO, TextProposal
from cosmpy.protos.cosmos.gov.v1beta1.tx_pb2 import MsgSubmitProposal, MsgVote
from cosmpy.protos.cosmwasm.wasm.v1.query_pb2 import QueryContractInfoRequest
from google.protobuf.any_pb2 import Any as ProtoAny

REFUSALS = (grpc.RpcError, RuntimeError)
"""What the client raises over gRPC and over REST."""

DEADLINE_S, POLL_S = 60, 0.2
HD_PATH = "m/44'/389'/0'/0/0"
given = json.loads(sys.argv[1])
config = NetworkConfig(
    chain_id=given["chain_id"],
    url=given["url"],
    fee_minimum_gas_price=given["gas_price"],
    fee_denomination=given["denom"],
    staking_denomination=given["denom"],
)
client = LedgerClient(config, query_interval_secs=1, query_timeout_secs=30)
wallet = LocalWallet(PrivateKey(derive_child_key_from_mnemonic(given["phrase"], path=HD_PATH)), prefix="qos")
recipient = Address(given["recipient"])


def connect():
    info = client.query_node_info()
    block = client.query_block(1)
    return {
        "address": str(wallet.address()),
        "chain_id": client.query_chain_id(),
        "height": client.query_height(),
        "first_block": [block.height, block.chain_id],
        "versions": [str(info.cosmos_sdk_version), str(info.app_version)],
        "max_gas": int(client.query_consensus_params().params.block.max_gas),
        "older_params": client.query_params("baseapp", "BlockParams"),
    }


def balances():
    account = client.query_account(wallet.address())
    return {
        "one": client.query_bank_balance(wallet.address(), given["denom"]),
        "all": {coin.denom: int(coin.amount) for coin in client.query_bank_all_balances(wallet.address())},
        "account": [account.number, account.sequence],
    }


def send():
    sent = client.send_tokens(recipient, 12_345, given["denom"], wallet, memo="from cosmpy").wait_to_complete()
    found = client.query_tx(sent.tx_hash)
    return {
        "hash": sent.tx_hash,
        "code": found.code,
        "height": found.height,
        "gas": [found.gas_used, found.gas_wanted],
        "events": sorted(found.events),
        "amount": found.events["transfer"]["amount"],
        "in_block": sent.tx_hash in client.query_block(found.height).tx_hashes,
    }


def refused():
    try:
        client.send_tokens(recipient, 10**40, given["denom"], wallet)
    except REFUSALS as error:
        return {"refused": True, "message": str(error)}
    return {"refused": False}


def missing():
    absent = False
    try:
        client.query_tx("ab" * 32)
    except NotFoundError:
        absent = True
    try:
        client.query_account(Address(given["unused"]))
    except REFUSALS as error:
        return {"tx": absent, "account": str(error)}
    return {"tx": absent, "account": ""}


def unsupported():
    try:
        client.wasm.ContractInfo(QueryContractInfoRequest(address=given["unused"]))
    except REFUSALS as error:
        return {"message": str(error)}
    return {"message": ""}


def stake():
    validator, *others = [each.address for each in client.query_validators()]
    done = [
        client.delegate_tokens(validator, 3 * 10**18, wallet).wait_to_complete(),
        client.undelegate_tokens(validator, 10**18, wallet).wait_to_complete(),
        client.claim_rewards(validator, wallet).wait_to_complete(),
    ]
    try:
        client.redelegate_tokens(validator, validator, 10**18, wallet).wait_to_complete()
        refused = ""
    except REFUSALS as error:
        refused = str(error)
    moved = [client.redelegate_tokens(validator, other, 10**18, wallet).wait_to_complete() for other in others[:1]]
    summary = client.query_staking_summary(wallet.address())
    return {
        "validator": str(validator),
        "codes": [sent.response.code for sent in done],
        "refused": refused,
        "others": len(others),
        "moved": [sent.response.code for sent in moved],
        "staked": summary.total_staked,
        "unbonding": summary.total_unbonding,
        "positions": [str(each.validator) for each in summary.current_positions],
    }


def until_height(height):
    deadline = time.monotonic() + DEADLINE_S
    while client.query_height() < height:
        assert time.monotonic() < deadline, f"no block {height} within {DEADLINE_S} s"
        time.sleep(POLL_S)


def govern():
    content = ProtoAny()
    content.Pack(TextProposal(title="From cosmpy", description="A text"), type_url_prefix="/")
    amount = [Coin(denom=given["denom"], amount=str(1_000 * 10**18))]
    proposal = Transaction()
    proposal.add_message(MsgSubmitProposal(content=content, initial_deposit=amount, proposer=str(wallet.address())))
    sent = prepare_and_broadcast_basic_transaction(client, proposal, wallet).wait_to_complete()
    number = int(sent.response.events["submit_proposal"]["proposal_id"])
    until_height(client.query_height() + 2)  # the next block opens the vote
    vote = Transaction()
    vote.add_message(MsgVote(proposal_id=number, voter=str(wallet.address()), option=VOTE_OPTION_NO))
    voted = prepare_and_broadcast_basic_transaction(client, vote, wallet).wait_to_complete()
    return {"proposed": sent.response.code, "number": number, "voted": voted.response.code}


for step in given["steps"]:
    print(json.dumps({"step": step, **globals()[step]()}), flush=True)
