"""Consensus parameters of a genesis."""

import pytest

from qos.engine.consensus_params import ConsensusParams, max_data_bytes, parse_params, render_params
from qos.machine.genesis import BadGenesis


def test_a_genesis_without_parameters_has_blocks_of_4_mib_and_200_million_gas() -> None:
    params = parse_params({})
    assert (params.block_max_bytes, params.block_max_gas) == (4_194_304, 200_000_000)


def test_what_is_rendered_parses_back() -> None:
    params = ConsensusParams(block_max_bytes=22_020_096, block_max_gas=-1, evidence_max_age_num_blocks=1, version_app=7)
    assert parse_params(render_params(params)) == params


@pytest.mark.parametrize(
    "params",
    [
        {"block": {"max_bytes": "0"}},
        {"block": {"max_bytes": "104857601"}},
        {"block": {"max_gas": "-2"}},
        {"block": {"max_gas": "1.5"}},
        {"block": {"max_gas": True}},
        {"block": []},
        {"evidence": {"max_age_num_blocks": "0"}},
        {"evidence": {"max_age_duration": "-1"}},
        {"evidence": {"max_bytes": "4194305"}},
        {"version": {"app": "-1"}},
        {"validator": {"pub_key_types": ["secp256k1"]}},
        {"abci": {"vote_extensions_enable_height": "5"}},
    ],
)
def test_parameters_out_of_range_are_refused(params: dict[str, object]) -> None:
    with pytest.raises(BadGenesis):
        parse_params(params)


def test_the_votes_of_more_validators_leave_less_room_for_transactions() -> None:
    one, many = (max_data_bytes(ConsensusParams(), count, 0) for count in (1, 21))
    assert one - many == 20 * 109
