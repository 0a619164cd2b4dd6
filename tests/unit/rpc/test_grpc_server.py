"""gRPC over a real socket: calls, metadata, reflection, health and limits."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeAlias

import grpc
import grpc.aio
import pytest

from qos.proto import codec
from qos.proto.records import grpc_reflection_v1, grpc_reflection_v1alpha
from qos.proto.records.cosmos_auth_v1beta1 import QueryAccountRequest
from qos.proto.records.cosmos_bank_v1beta1 import QueryBalanceRequest, QueryBalanceResponse
from qos.proto.records.grpc_health_v1 import (
    HealthCheckRequest,
    HealthCheckResponse,
    HealthCheckResponseServingStatus,
)
from qos.rpc.grpc.server import MAX_STREAMS, Server
from qos.rpc.services.table import MAX_REQUEST_BYTES
from qos.testing.chain import BOB
from qos.testing.edge_world import EdgeWorld
from qos.testing.transactions import key_of

Channel: TypeAlias = Any
"""The published types want the message types of each method, which are bytes here."""

BALANCE = "/cosmos.bank.v1beta1.Query/Balance"
HEALTH = "/grpc.health.v1.Health"
ASKED = codec.encode(QueryBalanceRequest(address=BOB.address, denom="aqos"))
VERSIONS = (("v1", grpc_reflection_v1), ("v1alpha", grpc_reflection_v1alpha))


@asynccontextmanager
async def served(world: EdgeWorld) -> AsyncIterator[Channel]:
    server = Server(world.services)
    port = server.listen("127.0.0.1", 0)
    serving = asyncio.create_task(server.serve())
    try:
        async with grpc.aio.insecure_channel(f"127.0.0.1:{port}") as channel:
            yield channel
    finally:
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def on_channel(world: EdgeWorld, use: Callable[[Channel], Awaitable[Any]]) -> Any:
    async def run() -> Any:
        async with asyncio.timeout(20), served(world) as channel:
            return await use(channel)

    return asyncio.run(run())


def refusal(world: EdgeWorld, path: str, data: bytes) -> grpc.aio.AioRpcError:
    async def call(channel: Channel) -> None:
        await channel.unary_unary(path)(data)

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        on_channel(world, call)
    return caught.value


def reflect(world: EdgeWorld, version: str, records: Any, *questions: Any) -> list[Any]:
    async def ask(channel: Channel) -> list[Any]:
        stream = channel.stream_stream(f"/grpc.reflection.{version}.ServerReflection/ServerReflectionInfo")
        answers = stream(iter([codec.encode(question) for question in questions]))
        return [codec.decode(records.ServerReflectionResponse, answer) async for answer in answers]

    answers: list[Any] = on_channel(world, ask)
    return answers


def test_a_query_is_answered_with_its_height_in_the_metadata(edges: EdgeWorld) -> None:
    async def ask(channel: Channel) -> list[tuple[int, str]]:
        found = []
        for metadata in ((), (("x-cosmos-block-height", "1"),)):
            call = channel.unary_unary(BALANCE)(ASKED, metadata=metadata)
            amount = codec.decode(QueryBalanceResponse, await call).balance.amount
            found.append((amount, dict(await call.initial_metadata())["x-cosmos-block-height"]))
        return found

    newest, first = on_channel(edges, ask)
    assert newest[0] == first[0] + 12_345
    assert (newest[1], first[1]) == (str(edges.engine.height), "1")


def test_a_refusal_has_a_status_a_sentence_and_the_chains_own_code(edges: EdgeWorld) -> None:
    asked = codec.encode(QueryAccountRequest(address=key_of("nobody").address))
    refused = refusal(edges, "/cosmos.auth.v1beta1.Query/Account", asked)
    assert refused.code() is grpc.StatusCode.NOT_FOUND
    assert str(refused.details()).endswith("not found: key not found")
    trailer = dict(refused.trailing_metadata())
    assert (trailer["x-qos-codespace"], trailer["x-qos-code"]) == ("sdk", "22")


def test_an_unknown_service_is_unimplemented_in_words(edges: EdgeWorld) -> None:
    refused = refusal(edges, "/cosmos.authz.v1beta1.Query/Grants", b"")
    assert refused.code() is grpc.StatusCode.UNIMPLEMENTED
    assert "does not answer" in str(refused.details())


def test_a_message_above_the_limit_is_refused(edges: EdgeWorld) -> None:
    refused = refusal(edges, "/cosmos.tx.v1beta1.Service/TxDecode", bytes(MAX_REQUEST_BYTES + 1))
    assert refused.code() is grpc.StatusCode.RESOURCE_EXHAUSTED


def test_a_taken_port_is_refused(edges: EdgeWorld) -> None:
    async def twice() -> None:
        first, second = Server(edges.services), Server(edges.services)
        port = first.listen("127.0.0.1", 0)
        with pytest.raises(RuntimeError, match="bind"):
            second.listen("127.0.0.1", port)

    asyncio.run(twice())


@pytest.mark.parametrize(("version", "records"), VERSIONS, ids=["v1", "v1alpha"])
def test_reflection_lists_services_and_gives_their_files(edges: EdgeWorld, version: str, records: Any) -> None:
    request = records.ServerReflectionRequest
    listed, symbol, method, file, extension, numbers = reflect(
        edges,
        version,
        records,
        request(list_services="*"),
        request(file_containing_symbol="cosmos.bank.v1beta1.Query"),
        request(file_containing_symbol="cosmos.bank.v1beta1.Query.Balance"),
        request(file_by_filename="cosmos/bank/v1beta1/query.proto"),
        request(
            file_containing_extension=records.ExtensionRequest(
                containing_type="google.protobuf.MethodOptions", extension_number=72295728
            )
        ),
        request(all_extension_numbers_of_type="google.protobuf.MethodOptions"),
    )
    names = [each.name for each in listed.list_services_response.service]
    assert {"cosmos.bank.v1beta1.Query", "cosmos.tx.v1beta1.Service", "grpc.health.v1.Health"} <= set(names)
    assert names == sorted(names)
    files = symbol.file_descriptor_response.file_descriptor_proto
    assert files == method.file_descriptor_response.file_descriptor_proto
    assert files == file.file_descriptor_response.file_descriptor_proto
    assert b"cosmos/bank/v1beta1/query.proto" in files[0]
    assert b"google/api/annotations.proto" in extension.file_descriptor_response.file_descriptor_proto[0]
    assert 72295728 in numbers.all_extension_numbers_response.extension_number


@pytest.mark.parametrize(("version", "records"), VERSIONS, ids=["v1", "v1alpha"])
def test_reflection_says_what_there_is_not_and_goes_on(edges: EdgeWorld, version: str, records: Any) -> None:
    request = records.ServerReflectionRequest
    extension = records.ExtensionRequest(containing_type="google.protobuf.MethodOptions", extension_number=1)
    answers = reflect(
        edges,
        version,
        records,
        request(file_containing_symbol="no.such.Thing"),
        request(file_by_filename="no.proto"),
        request(file_containing_extension=extension),
        request(all_extension_numbers_of_type="no.such.Message"),
        request(),
    )
    assert [answer.error_response.error_code for answer in answers] == [5, 5, 5, 5, 3]


def test_a_question_that_is_none_ends_the_stream(edges: EdgeWorld) -> None:
    async def ask(channel: Channel) -> None:
        stream = channel.stream_stream("/grpc.reflection.v1.ServerReflection/ServerReflectionInfo")
        _ = [answer async for answer in stream(iter([bytes(5_000)]))]

    with pytest.raises(grpc.aio.AioRpcError) as caught:
        on_channel(edges, ask)
    assert caught.value.code() is grpc.StatusCode.INVALID_ARGUMENT


def test_health_is_serving_for_the_server_and_each_service(edges: EdgeWorld) -> None:
    async def ask(channel: Channel) -> list[bytes]:
        check, watch = channel.unary_unary(f"{HEALTH}/Check"), channel.unary_stream(f"{HEALTH}/Watch")
        names = ("", "cosmos.bank.v1beta1.Query")
        answers = [await check(codec.encode(HealthCheckRequest(service=name))) for name in names]
        stream = watch(codec.encode(HealthCheckRequest(service="no.such.Service")))
        answers.append(await stream.read())
        stream.cancel()
        return answers

    status = HealthCheckResponseServingStatus
    found = [codec.decode(HealthCheckResponse, each).status for each in on_channel(edges, ask)]
    assert found == [status.SERVING, status.SERVING, status.SERVICE_UNKNOWN]
    unknown = refusal(edges, f"{HEALTH}/Check", codec.encode(HealthCheckRequest(service="no.such.Service")))
    assert unknown.code() is grpc.StatusCode.NOT_FOUND


def test_only_so_many_streams_stay_open(edges: EdgeWorld) -> None:
    async def open_many(channel: Channel) -> grpc.StatusCode:
        watch = channel.unary_stream(f"{HEALTH}/Watch")
        streams = [watch(b"") for _ in range(MAX_STREAMS)]
        for stream in streams:
            await stream.read()
        surplus = watch(b"")
        with pytest.raises(grpc.aio.AioRpcError) as caught:
            await surplus.read()
        for stream in streams:
            stream.cancel()
        return caught.value.code()

    assert on_channel(edges, open_many) is grpc.StatusCode.RESOURCE_EXHAUSTED
