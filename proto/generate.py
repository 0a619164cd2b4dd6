"""Make the descriptor set and the typed records from the .proto files beside this script.

`python proto/generate.py` writes src/qos/proto/descriptors.bin and src/qos/proto/records/*.py;
`--check` writes nothing and fails when what is committed differs.
"""

import argparse
import sys
import tempfile
from importlib.resources import files
from pathlib import Path

from google.protobuf import descriptor_pb2, descriptor_pool, message_factory
from grpc_tools import protoc
from render import index, option, render_package

HERE = Path(__file__).resolve().parent
TARGET = HERE.parent / "src" / "qos" / "proto"
MAX_AMINO_NAME = 39
LONGER_IN_CLIENTS = {"cosmos-sdk/MsgWithdrawValidatorCommission"}
"""Names that clients sign with although a hardware wallet cannot show them."""


def compile_descriptors() -> bytes:
    """Run the compiler over every .proto file; returns the serialised descriptor set with comments."""
    sources = sorted(str(path.relative_to(HERE)) for path in HERE.rglob("*.proto"))
    with tempfile.TemporaryDirectory() as folder:
        out = Path(folder) / "descriptors.bin"
        includes = [str(HERE), str(files("grpc_tools") / "_proto"), str(Path(protoc.__file__).parents[1])]
        arguments = ["protoc", *(f"-I{path}" for path in includes)]
        arguments += [f"--descriptor_set_out={out}", "--include_imports", "--include_source_info", *sources]
        if protoc.main(arguments) != 0:
            sys.exit("the compiler refused a .proto file; its message is above")
        return out.read_bytes()


def load(serialized: bytes) -> descriptor_pb2.FileDescriptorSet:
    """Parse the set twice: first for the option extensions, then with them known."""
    plain = descriptor_pb2.FileDescriptorSet.FromString(serialized)
    pool = descriptor_pool.DescriptorPool()
    for file in plain.file:
        pool.Add(file)
    kind = message_factory.GetMessageClass(pool.FindMessageTypeByName("google.protobuf.FileDescriptorSet"))
    message_factory.GetMessageClassesForFiles([file.name for file in plain.file], pool)
    return kind.FromString(serialized)


def check_amino_names(described: descriptor_pb2.FileDescriptorSet) -> None:
    """Fail when a transaction message has no name for amino JSON, or one that a hardware wallet cannot show."""
    names = {
        f".{file.package}.{message.name}": str(option(message.options, "amino.name", ""))
        for file in described.file
        for message in file.message_type
    }
    messages = [
        method.input_type
        for file in described.file
        for service in file.service
        if option(service.options, "cosmos.msg.v1.service", False)
        for method in service.method
    ]
    bad = [each for each in messages if not 0 < len(names[each]) <= MAX_AMINO_NAME]
    bad = [each for each in bad if names[each] not in LONGER_IN_CLIENTS]
    for message in bad:
        parts = message.split(".")
        print(f'{message[1:]}: add option (amino.name) = "qos/{parts[2]}/{parts[-1]}";', file=sys.stderr)
    if bad:
        sys.exit(f"these messages need a name for amino JSON, of at most {MAX_AMINO_NAME} characters")
    if len({names[message] for message in messages}) < len(messages):
        sys.exit("two messages share a name for amino JSON: one could be passed off as the other")


def outputs() -> dict[Path, bytes]:
    """Return every generated file with its content."""
    serialized = compile_descriptors()
    described = load(serialized)
    check_amino_names(described)
    result = {TARGET / "descriptors.bin": serialized}
    packages: dict[str, list[descriptor_pb2.FileDescriptorProto]] = {}
    for file in described.file:
        index(file)
        if not file.package.startswith(("google.", "cosmos_proto", "amino", "qos.options")):
            packages.setdefault(file.package, []).append(file)
    for package, members in sorted(packages.items()):
        if any(member.message_type or member.enum_type for member in members):
            text = render_package(package, members)
            result[TARGET / "records" / f"{package.replace('.', '_')}.py"] = text.encode()
    result[TARGET / "records" / "__init__.py"] = b'"""Generated records, a module a protobuf package. Do not edit."""\n'
    return result


def main() -> None:
    """Write or compare the generated files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--check", action="store_true", help="write nothing, fail on a difference")
    check = parser.parse_args().check
    wanted = outputs()
    present = {path for path in (TARGET / "records").glob("*.py")} | {TARGET / "descriptors.bin"}
    stale = sorted(present - set(wanted))
    changed = sorted(path for path, data in wanted.items() if not path.exists() or path.read_bytes() != data)
    if check:
        if changed or stale:
            sys.exit(f"generated files differ, run `make proto`: {[path.name for path in changed + stale]}")
        return
    for path in stale:
        if path.name != "descriptors.bin":
            path.unlink()
    for path in changed:
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(wanted[path])
    print(f"{len(wanted)} generated files, {len(changed)} written, {len(stale)} removed")


if __name__ == "__main__":
    main()
