"""A snapshot: exported from a node, checked byte for byte, imported, and the chain goes on with the same app hash."""

import json
import shutil
import zlib
from collections.abc import Callable
from hashlib import sha256
from pathlib import Path

import pytest

from qos.engine.errors import DoubleSignRefused
from qos.node.errors import HomeInUse
from qos.node.home import ChainHome, locked
from qos.node.snapshots.exporting import export_snapshot
from qos.node.snapshots.files import MANIFEST, RESUME, BadSnapshot, Snapshot, read_snapshot, snapshots_of
from qos.node.snapshots.importing import import_snapshot
from qos.testing.node_homes import make_home, running

BLOCKS, SNAPSHOT, LATER = 24, 15, 10


@pytest.fixture(scope="module")
def home(tmp_path_factory: pytest.TempPathFactory) -> ChainHome:
    """Return the home of a node that made blocks, exported a snapshot in between and made more."""
    result = make_home(tmp_path_factory.mktemp("exporter") / "node")
    with running(result) as node:
        node.make(BLOCKS)
    export_snapshot(result, SNAPSHOT)
    return result


@pytest.fixture
def snapshot(home: ChainHome) -> Snapshot:
    return snapshots_of(home)[0]


def copy_of(home: ChainHome, folder: Path, *parts: str) -> ChainHome:
    """Return a new home with the same genesis and the given parts of another one."""
    result = make_home(folder)
    for part in parts:
        source, target = home.folder / part, folder / part
        target.parent.mkdir(parents=True, exist_ok=True)
        if source.is_dir():
            shutil.copytree(source, target)
        else:
            shutil.copy(source, target)
    return result


def test_a_node_without_its_state_replays_its_own_blocks_to_the_same_app_hash(
    home: ChainHome, snapshot: Snapshot, tmp_path: Path
) -> None:
    restored = copy_of(home, tmp_path / "node", "data/blocks", "sign_state.json")
    imported = import_snapshot(snapshot.folder, restored)
    assert (imported.height, imported.chain_id) == (SNAPSHOT, "qos-1")
    original = copy_of(home, tmp_path / "original", "data", "sign_state.json")
    with running(original) as first, running(restored) as second:
        assert second.machine.store.oldest_version == SNAPSHOT
        assert second.machine.store.app_hash == first.machine.store.app_hash
        assert second.producer.state == first.producer.state
        for one, other in zip(first.make(LATER), second.make(LATER), strict=True):
            assert other.result == one.result
            assert other.block_id == one.block_id


def test_a_fresh_node_starts_at_the_snapshot_with_a_trusted_header(
    home: ChainHome, snapshot: Snapshot, tmp_path: Path
) -> None:
    fresh = make_home(tmp_path / "node")
    import_snapshot(snapshot.folder, fresh, snapshot.trusted_hash)
    original = copy_of(home, tmp_path / "original", "data", "sign_state.json")
    with running(original) as first, running(fresh) as second:
        assert (second.blocks.base(), second.blocks.height()) == (SNAPSHOT, SNAPSHOT)
        for made in second.make(BLOCKS - SNAPSHOT + LATER):
            if made.height > BLOCKS:
                first.make(1)
            assert made.result.app_hash == first.blocks.result(made.height).app_hash
            assert made.block_id == first.blocks.meta(made.height).block_id


def test_a_snapshot_of_a_restored_node_is_the_same_snapshot(
    home: ChainHome, snapshot: Snapshot, tmp_path: Path
) -> None:
    restored = copy_of(home, tmp_path / "node", "data/blocks")
    import_snapshot(snapshot.folder, restored)
    again = export_snapshot(restored, SNAPSHOT)
    assert (again.chunks, again.resume, again.app_hash) == (snapshot.chunks, snapshot.resume, snapshot.app_hash)


def test_without_blocks_or_a_trusted_hash_nothing_is_believed(snapshot: Snapshot, tmp_path: Path) -> None:
    fresh = make_home(tmp_path / "node")
    with pytest.raises(BadSnapshot, match=f"no block {SNAPSHOT + 1}"):
        import_snapshot(snapshot.folder, fresh)
    with pytest.raises(BadSnapshot, match="not the trusted one"):
        import_snapshot(snapshot.folder, fresh, bytes(32))
    assert not fresh.state_folder.exists()


def flipped(file: Path, at: int) -> None:
    content = bytearray(file.read_bytes())
    content[at] ^= 1
    file.write_bytes(content)


def listed_again(folder: Path, name: str) -> None:
    """Make the manifest list a changed file, as who changes one would."""
    file = folder / MANIFEST
    content = json.loads(file.read_text())
    for each in (content["resume"], *content["chunks"]):
        if each["name"] == name:
            data = (folder / name).read_bytes()
            each |= {"size": len(data), "sha256": sha256(data).hexdigest()}
    file.write_text(json.dumps(content))


@pytest.mark.parametrize("name", ["chunk-00000", RESUME])
def test_a_flipped_byte_is_refused_with_the_name_of_its_file(snapshot: Snapshot, tmp_path: Path, name: str) -> None:
    """Threat 9: every hundredth byte of each file, and its end."""
    size = (snapshot.folder / name).stat().st_size
    for at in {*range(0, size, size // 20), size - 1}:
        folder = tmp_path / f"changed-{at}"
        shutil.copytree(snapshot.folder, folder)
        flipped(folder / name, at)
        fresh = make_home(tmp_path / f"node-{at}")
        with pytest.raises(BadSnapshot, match=name):
            import_snapshot(folder, fresh, snapshot.trusted_hash)
        assert not fresh.state_folder.exists()
        assert not fresh.state_folder.with_name("state.part").exists()


def change_chunk(folder: Path) -> None:
    file = folder / "chunk-00000"
    items = bytearray(zlib.decompress(file.read_bytes()))
    items[-1] ^= 1
    file.write_bytes(zlib.compress(bytes(items)))
    listed_again(folder, file.name)


def truncate_chunk(folder: Path) -> None:
    file = folder / "chunk-00000"
    file.write_bytes(file.read_bytes()[:-9])
    listed_again(folder, file.name)


def bomb(folder: Path) -> None:
    file = folder / "chunk-00000"
    file.write_bytes(zlib.compress(bytes(64 << 20)))
    listed_again(folder, file.name)


def change_resume(folder: Path) -> None:
    flipped(folder / RESUME, 400)
    listed_again(folder, RESUME)


def drop_chunk(folder: Path) -> None:
    (folder / "chunk-00000").unlink()


def other_format(folder: Path) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"format": 9}))


def point_outside(folder: Path) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    content["chunks"][0]["name"] = "../chunk-00000"
    (folder / MANIFEST).write_text(json.dumps(content))


def other_height(folder: Path) -> None:
    content = json.loads((folder / MANIFEST).read_text())
    (folder / MANIFEST).write_text(json.dumps(content | {"height": SNAPSHOT - 1}))


FORGERIES = (change_chunk, truncate_chunk, bomb, change_resume, drop_chunk, other_format, point_outside, other_height)


@pytest.mark.parametrize("forge", FORGERIES, ids=lambda forge: forge.__name__)
def test_a_forged_snapshot_with_a_fitting_manifest_is_refused(
    snapshot: Snapshot, tmp_path: Path, forge: Callable[[Path], None]
) -> None:
    folder = tmp_path / "forged"
    shutil.copytree(snapshot.folder, folder)
    forge(folder)
    fresh = make_home(tmp_path / "node")
    with pytest.raises(BadSnapshot) as caught:
        import_snapshot(folder, fresh, snapshot.trusted_hash)
    assert str(folder) in str(caught.value) or "header" in str(caught.value)
    assert not fresh.state_folder.exists()


def test_a_state_that_is_there_and_a_running_node_are_left_alone(
    home: ChainHome, snapshot: Snapshot, tmp_path: Path
) -> None:
    with pytest.raises(BadSnapshot, match="holds a state already"):
        import_snapshot(snapshot.folder, home)
    fresh = make_home(tmp_path / "node")
    with locked(fresh.folder), pytest.raises(HomeInUse):
        import_snapshot(snapshot.folder, fresh, snapshot.trusted_hash)


def test_keys_that_signed_above_the_snapshot_do_not_sign_again(
    home: ChainHome, snapshot: Snapshot, tmp_path: Path
) -> None:
    """Threat 37: the sign state is no part of a snapshot, and a height that goes back is refused at start."""
    restored = copy_of(home, tmp_path / "node", "sign_state.json")
    import_snapshot(snapshot.folder, restored, snapshot.trusted_hash)
    with pytest.raises(DoubleSignRefused), running(restored):
        pass
    assert not any("sign" in each.name for each in snapshot.folder.iterdir())


def test_a_height_that_is_not_kept_is_told(home: ChainHome, tmp_path: Path) -> None:
    for height in (BLOCKS, BLOCKS + 5):
        with pytest.raises(BadSnapshot, match="blocks 1 to 23"):
            export_snapshot(home, height)
    assert [each.height for each in snapshots_of(home)] == [SNAPSHOT]
    with pytest.raises(BadSnapshot, match=r"manifest\.json"):
        read_snapshot(tmp_path)


def test_the_newest_height_with_a_header_behind_it_is_exported(home: ChainHome, tmp_path: Path) -> None:
    other = copy_of(home, tmp_path / "node", "data")
    made = export_snapshot(other)
    assert made.height == BLOCKS - 1
    assert read_snapshot(made.folder) == made
