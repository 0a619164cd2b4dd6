"""One error, one sentence: on the command line, over gRPC and over REST, with the same code."""

from base64 import b64encode
from typing import Any
from urllib.parse import quote

import grpc
import httpx
import pytest

from qos.base.identifiers import parse_address
from qos.client.queries import AccountState
from qos.client.transactions import Draft, address_of, sign_tx
from qos.proto import catalog
from qos.proto.codec import encode, pack
from qos.proto.json import json_to_bytes
from qos.proto.records.cosmos_bank_v1beta1 import MsgSend
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.proto.records.cosmos_tx_v1beta1 import SimulateRequest
from qos.testing.running_network import Network
from qos.wallet.io import devkeys

UNUSED = "qos1fk9qnl5aa49aehgs75amlycf2x7l3qcwgx8y7g"
pytestmark = pytest.mark.e2e
CASES = (
    ("/cosmos.auth.v1beta1.Query/Account", {"address": UNUSED}, ("auth", "account", UNUSED)),
    ("/cosmos.bank.v1beta1.Query/DenomMetadata", {"denom": "qsc/NO"}, ("bank", "denom-metadata", "qsc/NO")),
    ("/qos.qcp.v1.Query/Peer", {"chain_id": "nowhere-1"}, ("qcp", "peer", "nowhere-1")),
    ("/qos.bank.v1.Query/Asset", {"denom": "qsc/NO"}, ("bank", "asset", "qsc/NO")),
)


@pytest.mark.parametrize(("path", "fields", "words"), CASES, ids=[case[2][1] for case in CASES])
def test_a_refused_query_reads_alike(network: Network, path: str, fields: dict[str, str], words: Any) -> None:
    method = catalog.methods()[path]
    typed = network.qos("query", *words, code=1)
    with grpc.insecure_channel(network.grpc["public"]) as channel, pytest.raises(grpc.RpcError) as caught:
        call: Any = channel.unary_unary(path)
        call(json_to_bytes(method.request, fields))
    error: Any = caught.value
    trailer = dict(error.trailing_metadata())
    template = method.http[0].template.replace("=**", "")
    shown = httpx.get(network.rest["public"] + template.format(**{key: quote(fields[key]) for key in fields}))
    assert shown.status_code == 404
    told = shown.json()
    assert error.code() is grpc.StatusCode.NOT_FOUND
    assert error.details() == told["message"] == typed["message"]
    codes = {(typed["codespace"], str(typed["code"])), (trailer["x-qos-codespace"], trailer["x-qos-code"])}
    assert codes == {(told["details"][0]["domain"], told["details"][0]["reason"])}


def test_a_refused_transaction_reads_alike(network: Network) -> None:
    alice, bob = network.accounts["alice"], network.accounts["bob"]
    typed = network.qos(
        *("tx", "bank", "send", "--from", "alice", "--to-address", bob, "--amount", "99000000000qos"), code=1
    )
    people = devkeys.read(network.home / "keys")
    assert people is not None
    signer = people.signer("alice")
    coins = (Coin(denom="aqos", amount=99 * 10**27),)
    message = MsgSend(from_address=address_of(signer), to_address=parse_address(bob), amount=coins)
    found = httpx.get(f"{network.rest['public']}/cosmos/auth/v1beta1/accounts/{alice}").json()["account"]
    account = AccountState(number=int(found["account_number"]), sequence=int(found["sequence"]))
    tx = sign_tx(signer, Draft(messages=(pack(message),), gas_limit=100_000), account, "qos-1")
    url = f"{network.rest['public']}/cosmos/tx/v1beta1/simulate"
    told = httpx.post(url, json={"tx_bytes": b64encode(tx).decode()}).json()
    with grpc.insecure_channel(network.grpc["public"]) as channel, pytest.raises(grpc.RpcError) as caught:
        call: Any = channel.unary_unary("/cosmos.tx.v1beta1.Service/Simulate")
        call(encode(SimulateRequest(tx_bytes=tx)))
    error: Any = caught.value
    assert error.details() == told["message"] == typed["message"]
    assert (told["details"][0]["domain"], told["details"][0]["reason"]) == ("sdk", "5")
    assert (typed["codespace"], typed["code"]) == ("sdk", 5)
