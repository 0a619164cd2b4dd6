from dataclasses import replace

import pytest

from qos.base.errors import RuleViolation
from qos.chains.business import BUSINESS
from qos.chains.cassini import CASSINI
from qos.chains.public import PUBLIC
from qos.machine.chain import Chain
from qos.machine.errors import ALL

CHAINS = {chain.kind: chain for chain in (PUBLIC, BUSINESS, CASSINI)}


@pytest.fixture(params=list(CHAINS))
def chain(request: pytest.FixtureRequest) -> Chain:
    found: Chain = CHAINS[request.param]
    return found


def test_every_message_names_its_signer(chain: Chain) -> None:
    for url, route in chain.messages.items():
        assert route.kind.signer_fields, url


def test_every_path_and_message_stands_under_its_name(chain: Chain) -> None:
    assert all(url == f"/{route.kind.full_name}" for url, route in chain.messages.items())
    assert all(path.count("/") == 2 for path in chain.queries)


def test_error_numbers_belong_to_one_error_and_never_to_success(chain: Chain) -> None:
    codes = {(error.code.codespace, error.code.number) for error in ALL}
    assert not codes & set(chain.errors)
    assert all(number > 0 for _, number in chain.errors)
    assert all(codespace != "sdk" for codespace, _ in chain.errors)


def test_store_ids_are_unique_over_all_chains() -> None:
    found: dict[int, str] = {}
    for chain in CHAINS.values():
        for name, number in chain.stores.items():
            assert 1 <= number <= 255
            assert found.setdefault(number, name) == name


@pytest.mark.parametrize("part", ["messages", "queries", "stores"])
def test_a_module_listed_twice_is_refused(part: str) -> None:
    bank = next(module for module in PUBLIC.modules if module.name == "bank")
    with pytest.raises(ValueError, match="twice"):
        getattr(replace(PUBLIC, modules=(*PUBLIC.modules, bank)), part)


def test_two_stores_of_one_id_are_refused() -> None:
    bank = next(module for module in PUBLIC.modules if module.name == "bank")
    other = replace(bank, name="other", store="other")
    with pytest.raises(ValueError, match="one store id"):
        _ = replace(PUBLIC, modules=(*PUBLIC.modules, other)).stores


def test_two_errors_of_one_number_are_refused() -> None:
    class Doubled(RuleViolation):
        code = next(iter(PUBLIC.errors.values())).code

    bank = next(module for module in PUBLIC.modules if module.name == "bank")
    with pytest.raises(ValueError, match="twice"):
        _ = replace(PUBLIC, modules=(replace(bank, errors=(*bank.errors, Doubled)), *PUBLIC.modules[2:])).errors
