"""Server reflection, v1 and v1alpha: tools list and describe what the node serves without .proto files."""

from types import ModuleType
from typing import Any, Final

from qos.proto import codec, files
from qos.proto.record import Record
from qos.proto.records import grpc_reflection_v1, grpc_reflection_v1alpha
from qos.rpc.services.status import Status

VERSIONS: Final[tuple[tuple[str, ModuleType], ...]] = (
    ("grpc.reflection.v1.ServerReflection", grpc_reflection_v1),
    ("grpc.reflection.v1alpha.ServerReflection", grpc_reflection_v1alpha),
)
METHOD: Final = "ServerReflectionInfo"
MAX_REQUEST_BYTES: Final = 4_096


class Reflection:
    """Answers questions about the services named; `records` holds the messages of one version."""

    def __init__(self, records: Any, services: tuple[str, ...]) -> None:
        self._records = records
        self._services = services

    def answer(self, data: bytes) -> bytes:
        """Answer one encoded question with an encoded answer. Raises: MalformedBytes."""
        if len(data) > MAX_REQUEST_BYTES:
            raise codec.MalformedBytes(f"a question has at most {MAX_REQUEST_BYTES} bytes")
        request = codec.decode_lenient(self._records.ServerReflectionRequest, data)
        try:
            fields = self._fields(request)
        except files.NoSuchFile as error:
            response = self._records.ErrorResponse(error_code=int(Status.NOT_FOUND), error_message=str(error))
            fields = {"error_response": response}
        answer: Record = self._records.ServerReflectionResponse(
            valid_host=request.host, original_request=request, **fields
        )
        return codec.encode(answer)

    def _fields(self, request: Any) -> dict[str, Record]:
        records = self._records
        if request.list_services is not None:
            services = tuple(records.ServiceResponse(name=name) for name in self._services)
            return {"list_services_response": records.ListServiceResponse(service=services)}
        if request.file_by_filename is not None:
            return self._files(files.by_name(request.file_by_filename))
        if request.file_containing_symbol is not None:
            return self._files(files.containing_symbol(request.file_containing_symbol))
        if request.file_containing_extension is not None:
            extension = request.file_containing_extension
            return self._files(files.containing_extension(extension.containing_type, extension.extension_number))
        if request.all_extension_numbers_of_type is not None:
            name = request.all_extension_numbers_of_type
            numbers = records.ExtensionNumberResponse(
                base_type_name=name, extension_number=files.extension_numbers(name)
            )
            return {"all_extension_numbers_response": numbers}
        message = "ask for a file, a symbol, an extension or the list of services"
        error = records.ErrorResponse(error_code=int(Status.INVALID_ARGUMENT), error_message=message)
        return {"error_response": error}

    def _files(self, found: tuple[bytes, ...]) -> dict[str, Record]:
        return {"file_descriptor_response": self._records.FileDescriptorResponse(file_descriptor_proto=found)}
