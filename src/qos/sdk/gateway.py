"""A connection to a gateway: one method a call, records in and out."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from types import TracebackType
from typing import Self, TypeVar

import grpc

from qos.base.identifiers import parse_address
from qos.proto.codec import decode_lenient, encode
from qos.proto.record import Record
from qos.proto.records import qos_qcp_v1 as qcp
from qos.proto.records.cosmos_base_v1beta1 import Coin
from qos.sdk.errors import GatewayError
from qos.store.ics23 import BadProof
from qos.store.proofs import proven_value

T = TypeVar("T")
R = TypeVar("R", bound=Record)
SERVICE = "/qos.qcp.v1.Gateway"
CALL_TIMEOUT_S = 90.0
STORE = "qcp"


@dataclass(frozen=True, slots=True, kw_only=True)
class Files:
    """The files of a certificate, as `qos ca` writes them."""

    root: Path
    certificate: Path
    key: Path

    @classmethod
    def of(cls, folder: Path, name: str) -> Self:
        """Return the files of a name in a folder of `qos ca`."""
        return cls(root=folder / "root.crt", certificate=folder / f"{name}.crt", key=folder / f"{name}.key")


class Gateway:
    """A provider's gateway. Use it as a context manager; it may be shared by threads."""

    def __init__(self, address: str, files: Files) -> None:
        """Open a channel; connecting happens with the first call. Raises: OSError when a file cannot be read."""
        credentials = grpc.ssl_channel_credentials(
            root_certificates=files.root.read_bytes(),
            private_key=files.key.read_bytes(),
            certificate_chain=files.certificate.read_bytes(),
        )
        self._channel = grpc.secure_channel(address, credentials)

    def send_transfer(
        self, key: str, *, destination: str, recipient: str, denom: str, amount: int, memo: str = ""
    ) -> qcp.SendResponse:
        """Send an asset; returns once the packet is in the outbox. One `key` sends once, however often it is tried.

        Raises: GatewayError.
        """
        message = qcp.MsgSendTransfer(
            destination=destination,
            recipient=parse_address(recipient),
            amount=Coin(denom=denom, amount=amount),
            memo=memo,
        )
        return self._call("Send", qcp.SendRequest(key=key, transfer=message), qcp.SendResponse)

    def send_data(self, key: str, *, destination: str, application: str, body: bytes, gas: int) -> qcp.SendResponse:
        """Send data to an application of another chain, which may use `gas` there. Raises: GatewayError."""
        message = qcp.MsgSendData(destination=destination, application=application, body=body, payload_gas=gas)
        return self._call("Send", qcp.SendRequest(key=key, data=message), qcp.SendResponse)

    def exchange(self, request: qcp.SendRequest, *, wait_s: int = 60) -> qcp.ExchangeResponse:
        """Send a packet and await its result; `result.settled` tells whether it came in time. Raises: GatewayError."""
        asked = qcp.ExchangeRequest(send=request, wait=wait_s * 10**9)
        return self._call("Exchange", asked, qcp.ExchangeResponse, extra_s=wait_s)

    def await_result(self, sent: qcp.SendResponse, *, wait_s: int = 60) -> qcp.AwaitResultResponse:
        """Await the result of a packet; `settled` tells whether it came in time. Raises: GatewayError."""
        asked = qcp.AwaitResultRequest(chain_id=sent.chain_id, sequence=sent.sequence, wait=wait_s * 10**9)
        return self._call("AwaitResult", asked, qcp.AwaitResultResponse, extra_s=wait_s)

    def stream(self, chain_id: str, *, after: int = 0) -> Iterator[qcp.Arrival]:
        """Yield what comes from a chain behind a sequence, without end. Keep the last sequence you dealt with.

        Raises: GatewayError; go on behind the last sequence then.
        """
        request = qcp.StreamRequest(chain_id=chain_id, after=after)
        call = self._channel.unary_stream(f"{SERVICE}/Stream", encode, _reader(qcp.Arrival))
        arrivals = call(request)
        try:
            yield from arrivals
        except grpc.RpcError as error:
            raise _failure(error) from None
        finally:
            arrivals.cancel()

    def queues(self) -> tuple[qcp.Queue, ...]:
        """Return how far the queues of all peers have come. Raises: GatewayError."""
        return self._call("Queues", qcp.QueuesRequest(), qcp.QueuesResponse).queues

    def proof(self, chain_id: str, box: qcp.Box, sequence: int) -> qcp.ProofResponse:
        """Return a row of an outbox or inbox that is shown to lead to the app hash of the header beside it.

        Whether the header is the chain's is for a light client to say. Raises: GatewayError, BadProof.
        """
        asked = qcp.ProofRequest(chain_id=chain_id, box=box, sequence=sequence)
        return proven(self._call("Proof", asked, qcp.ProofResponse))

    def close(self) -> None:
        """Close the connection."""
        self._channel.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def _call(self, method: str, request: Record, kind: type[R], *, extra_s: int = 0) -> R:
        call = self._channel.unary_unary(f"{SERVICE}/{method}", encode, _reader(kind))
        try:
            return call(request, timeout=CALL_TIMEOUT_S + extra_s)
        except grpc.RpcError as error:
            raise _failure(error) from None


def proven(answer: qcp.ProofResponse) -> qcp.ProofResponse:
    """Return an answer whose value is shown to stand under its key below the header's app hash. Raises: BadProof."""
    block = answer.light_block
    app_hash = block.signed_header.header.app_hash if block is not None else b""
    if proven_value((answer.store_proof, answer.chain_proof), app_hash, STORE, answer.key) != answer.value:
        raise BadProof("the gateway's value is not the one its proof shows")
    return answer


def _reader(kind: type[R]) -> Callable[[bytes], R]:
    return lambda data: decode_lenient(kind, data)


def _failure(error: grpc.RpcError) -> GatewayError:
    """Describe a failed call; every error of a call is a call itself."""
    assert isinstance(error, grpc.Call)
    metadata = {key: str(value) for key, value in error.trailing_metadata() or ()}
    return GatewayError(
        error.code().name,
        error.details() or error.code().name,
        codespace=metadata.get("x-qos-codespace", ""),
        number=int(metadata.get("x-qos-code", "0")),
    )
