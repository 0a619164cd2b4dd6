"""`qos ca` as a person uses it: files on disk, what is listed, what is refused with a next step."""

from pathlib import Path
from typing import Any

import pytest
from cryptography import x509

from qos.testing.command_line import qos_json
from qos.wallet.errors import BadRequest
from qos.wallet.io.ca_folder import CaFolder


class Ca:
    """One home and its answers."""

    def __init__(self, home: Path) -> None:
        self.home = home

    def run(self, *arguments: object) -> tuple[int, Any]:
        return qos_json("ca", *arguments, "--home", self.home)

    def ok(self, *arguments: object) -> Any:
        code, answer = self.run(*arguments)
        assert code == 0, answer
        return answer

    def refused(self, *arguments: object) -> Any:
        code, answer = self.run(*arguments)
        assert code in (1, 2)
        assert answer["next"]
        return answer


@pytest.fixture
def ca(tmp_path: Path) -> Ca:
    return Ca(tmp_path)


@pytest.fixture
def consortium(ca: Ca) -> Ca:
    ca.ok("init", "Acme consortium", "--ca", "acme")
    ca.ok("issue", "member", "acme", "--organisation", "Acme Ltd")
    ca.ok("issue", "node", "web", "--member", "acme", "--host", "localhost")
    return ca


def test_root_member_and_node_are_issued_and_listed(consortium: Ca) -> None:
    listed = consortium.ok("list")["certificates"]
    assert [(each["name"], each["role"], each["organisation"]) for each in listed] == [
        ("acme", "member", "Acme Ltd"),
        ("root", "root", "Acme consortium"),
        ("web", "node", "Acme Ltd"),
    ]
    assert consortium.ok("show", "web")["issuer"] == "acme"


def test_all_files_are_the_owners_alone(consortium: Ca) -> None:
    consortium.ok("revoke", "web")
    folder = consortium.home / "ca" / "acme"
    assert {path.name: path.stat().st_mode & 0o777 for path in folder.iterdir()} == dict.fromkeys(
        ("acme.crt", "acme.key", "root.crt", "root.key", "web.crt", "web.key", "revoked.json"), 0o600
    )
    assert folder.stat().st_mode & 0o777 == 0o700


def test_a_nodes_file_holds_its_members_certificate_too(consortium: Ca) -> None:
    loaded = x509.load_pem_x509_certificates((consortium.home / "ca" / "acme" / "web.crt").read_bytes())
    assert [each.subject.rfc4514_string() for each in loaded] == ["CN=web,O=Acme Ltd", "CN=acme,O=Acme Ltd"]
    loaded[0].verify_directly_issued_by(loaded[1])


def test_a_revoked_certificate_stays_revoked_and_lists_are_numbered(consortium: Ca) -> None:
    consortium.ok("issue", "node", "till", "--member", "acme")
    assert consortium.ok("revoke", "web")["number"] == 1
    assert consortium.ok("revoke", "till")["number"] == 2
    assert [each["revoked"] for each in consortium.ok("list")["certificates"]] == [False, False, True, True]
    assert len(CaFolder(consortium.home / "ca" / "acme").revoked_by("acme").serials) == 2


def test_what_a_member_issues_ends_no_later_than_the_member(consortium: Ca) -> None:
    member = consortium.ok("show", "acme")
    node = consortium.ok("issue", "node", "long", "--member", "acme", "--days", "9999")
    assert node["not_after"] == member["not_after"]


@pytest.mark.parametrize(
    "arguments",
    [
        ("init", "Again"),
        ("issue", "member", "acme", "--organisation", "Twice"),
        ("issue", "node", "new", "--member", "nobody"),
        ("issue", "node", "new", "--member", "web"),
        ("issue", "node", "Bad/Name", "--member", "acme"),
        ("issue", "member", "new", "--organisation", "x" * 65),
        ("revoke", "root"),
        ("revoke", "web", "--from", "alice"),
        ("show", "nobody"),
        ("seat", "web", "--key", "00", "--power", "1", "--from", "alice", "--chain", "http://127.0.0.1:1"),
        ("register", "acme", "--account", "alice", "--from", "alice", "--chain", "http://127.0.0.1:1"),
    ],
)
def test_what_cannot_be_done_changes_no_file(consortium: Ca, arguments: tuple[str, ...]) -> None:
    folder = consortium.home / "ca" / "acme"
    before = {path.name: path.read_bytes() for path in folder.iterdir()}
    consortium.refused(*arguments)
    assert {path.name: path.read_bytes() for path in folder.iterdir()} == before


def test_a_sealed_ca_opens_with_its_passphrase_only(ca: Ca, tmp_path: Path) -> None:
    right = tmp_path / "right"
    right.write_text("correct horse\n")
    sealing = ("--ca-passphrase-file", right)
    ca.ok("init", "Acme consortium", *sealing)
    ca.refused("issue", "member", "acme", "--organisation", "Acme Ltd")
    ca.ok("issue", "member", "acme", "--organisation", "Acme Ltd", *sealing)
    ca.ok("issue", "node", "web", "--member", "acme", *sealing)
    folder = CaFolder(tmp_path / "ca" / "default")
    with pytest.raises(BadRequest):
        folder.open("root")
    assert folder.open("web").content.subject.common_name == "web"


def test_among_several_consortiums_one_has_to_be_named(consortium: Ca) -> None:
    consortium.ok("init", "Rival consortium", "--ca", "rival")
    assert consortium.refused("list")["next"] == "choose one with --ca: acme, rival"
    assert len(consortium.ok("list", "--ca", "rival")["certificates"]) == 1
    assert len(consortium.ok("list", "--ca", str(consortium.home / "ca" / "acme"))["certificates"]) == 3


@pytest.mark.parametrize("content", ["[]", "{", '{"acme": 1}', '{"acme": {"number": "x", "serials": ["zz"]}}'])
def test_a_damaged_list_is_named(consortium: Ca, content: str) -> None:
    (consortium.home / "ca" / "acme" / "revoked.json").write_text(content)
    assert "revoked.json" in consortium.refused("list")["message"]
