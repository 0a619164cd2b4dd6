"""The wire contract as Python sees it: descriptor set, records, codec.

The .proto files in the folder `proto/` of the repository are the source; `descriptors.bin` and
`records/` are generated from them and never edited. Protobuf objects stop at `codec`.
"""
