"""The database: engine, table base, ``transaction()`` and ``reading()``. The only commit is here.

Flask-SQLAlchemy gives engine and application binding; nothing outside this file touches its session.

SQLite: WAL, synchronous=FULL (an acknowledged meal survives a power cut), and one writer at a time.
A queue in this process (``_writers``) stands in front of BEGIN IMMEDIATE, because SQLite's own busy
handler sleeps and is unfair: without the queue the slowest of 16 clerks waits 19 times the median.
PostgreSQL: READ COMMITTED with row locks; the writer queue is not used.
"""

import threading
from collections.abc import Callable, Collection, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from contextvars import ContextVar
from datetime import UTC, datetime
from functools import cache, lru_cache, wraps
from pathlib import Path
from typing import Any, ClassVar, Concatenate, ParamSpec, TypeVar, cast

from flask import Flask, current_app
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import CheckConstraint, Connection, DateTime, Engine, Index, MetaData, Table, TypeDecorator, event, text
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError, IntegrityError
from sqlalchemy.orm import DeclarativeBase, Session, registry

from canteen.base.db.ending import finish
from canteen.base.db.prepared import Prepared, run_on, send
from canteen.base.errors import BadInput, StorageTrouble
from canteen.base.private_files import keep_private

NAMING = {
    "ix": "ix_%(table_name)s_%(column_0_N_name)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Instant(TypeDecorator[datetime]):
    """An aware UTC instant; stored as naive UTC on SQLite, as ``timestamptz`` on PostgreSQL."""

    impl = DateTime(timezone=True)
    cache_ok = True
    #: Dialect -> how it is given a moment. A transaction gives the same one a dozen times.
    _given: ClassVar[dict[str, Any]] = {}

    def bind_processor(self, dialect: Any) -> Any:
        if dialect.name not in self._given:
            self._given[dialect.name] = lru_cache(maxsize=64)(cast(Any, super().bind_processor(dialect)))
        return self._given[dialect.name]

    def process_bind_param(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        assert value.tzinfo is not None, "an instant needs a time zone"
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Any) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


class Base(DeclarativeBase):
    """Every table's parent."""

    registry = registry(metadata=MetaData(naming_convention=NAMING), type_annotation_map={datetime: Instant})


Answer = TypeVar("Answer")
Given = ParamSpec("Given")


def table_of(model: type[Base]) -> Table:
    """The Core table of a model, for statements on paths that must be quick."""
    return cast(Table, model.__table__)


def is_one_of(column: str, words: Iterable[str]) -> str:
    """SQL: the column holds one of these words."""
    listed = ", ".join(f"'{word}'" for word in words)
    return f"{column} in ({listed})"


def index_where(name: str, *columns: str, where: str, unique: bool = False) -> Index:
    """An index of some rows only: where a condition, the same SQL on both databases, holds."""
    return Index(name, *columns, unique=unique, sqlite_where=text(where), postgresql_where=text(where))


def check_one_of(column: str, words: Collection[str]) -> CheckConstraint:
    """The CHECK, named like its column, that keeps a column to words of ``base.words``. A new word needs a migration."""
    return CheckConstraint(is_one_of(column, words), name=column, info={"words": tuple(words)})


class LostRace(Exception):
    """Another transaction got there first (a UNIQUE constraint said so). Raised instead of IntegrityError."""


database = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False, "autoflush": False})
_open: ContextVar[bool] = ContextVar("canteen_transaction_open", default=False)
_reader: ContextVar[Session | None] = ContextVar("canteen_reader", default=None)
_writers = threading.Lock()


def connect(app: Flask) -> None:
    """Bind the database to the application. Called once by ``create_app``."""
    app.config["SQLALCHEMY_DATABASE_URI"] = app.config["CANTEEN"].url
    # A log must not repeat what was bound to a statement. Last in, first out: a quiet hour works on one warm connection.
    settings, is_sqlite_url = app.config["CANTEEN"], _is_sqlite_url(app)
    options: dict[str, Any] = {"pool_pre_ping": not is_sqlite_url, "hide_parameters": True, "pool_use_lifo": True}
    options["pool_size"] = settings.threads + 4
    if is_sqlite_url:
        options["connect_args"] = {"timeout": settings.busy_seconds, "check_same_thread": False}
    else:
        # A writer that waits for another's row longer than this is told "busy" instead of standing for ever.
        options["connect_args"] = {"options": f"-c lock_timeout={settings.busy_seconds * 1000}"}
    app.config["SQLALCHEMY_ENGINE_OPTIONS"] = options
    database.init_app(app)
    with app.app_context():
        if is_sqlite_url:
            _prepare_sqlite(database.engine, settings.busy_seconds)
        app.extensions["canteen_write_engine"] = database.engine.execution_options(begin="IMMEDIATE")


def _is_sqlite_url(app: Flask) -> bool:
    return str(app.config["SQLALCHEMY_DATABASE_URI"]).startswith("sqlite")


def is_sqlite() -> bool:
    """Whether the bound database is SQLite (a few statements differ)."""
    return database.engine.dialect.name == "sqlite"


def _prepare_sqlite(engine: Engine, busy_seconds: int) -> None:
    @event.listens_for(engine, "connect")
    def _settle(connection: Any, _record: Any) -> None:
        if file := engine.url.database:  # before there is a -wal or -shm beside it: they get its permissions
            keep_private(Path(file))
        connection.isolation_level = None  # SQLAlchemy begins; the driver must not
        for pragma in (
            f"busy_timeout={busy_seconds * 1000}",
            "journal_mode=WAL",
            "synchronous=FULL",
            "foreign_keys=ON",
            # 1 MiB for each connection: a pool of twelve must fit a small machine, and the system keeps the pages too.
            "cache_size=-1000",
        ):
            connection.execute(f"PRAGMA {pragma}")

    @event.listens_for(engine, "begin")
    def _begin(connection: Any) -> None:
        mode = connection.get_execution_options().get("begin", "DEFERRED")
        if mode == "DEFERRED":  # takes no lock, so it cannot fail in a way that wants telling
            connection.connection.cursor().execute("BEGIN")
        else:
            send(connection, f"BEGIN {mode}")


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of work: commits at the end of the block, rolls back on any exception. Does not nest.

    Raises ``LostRace`` for a UNIQUE constraint and ``StorageTrouble`` when the database cannot write.
    """
    if _open.get() or _reader.get():
        raise RuntimeError("transaction() does not nest, nor open inside reading(); pass the session down")
    token = _open.set(True)
    try:
        with _writers if is_sqlite() else nullcontext(), translated():
            engine = current_app.extensions["canteen_write_engine"]
            with engine.connect() as connection, connection.begin(), _session_on(connection) as session:
                yield session
                finish(session)
    finally:
        _open.reset(token)


def settle(work: Callable[[Session], Answer]) -> Answer:
    """Run ``work`` in a transaction, and again after a lost race, when it finds what the winner wrote.

    ``work`` must be safe to repeat: everything it did before was rolled back. ``StorageTrouble`` (busy) after three.
    """
    for _look in range(3):
        try:
            with transaction() as session:
                return work(session)
        except LostRace:
            continue
    raise StorageTrouble("busy")


def settled(work: Callable[Concatenate[Session, Given], Answer]) -> Callable[Given, Answer]:
    """``work`` as its callers have it, who have no session: ``settle`` gives it one. Nothing it does outlasts a repeat."""

    @wraps(work)
    def run(*given: Given.args, **named: Given.kwargs) -> Answer:
        return settle(lambda session: work(session, *given, **named))

    return run


@contextmanager
def reading() -> Iterator[Session]:
    """A session to read with, never committed; nested blocks share it and its snapshot.

    The snapshot ends with the outermost block, so that a later block sees what was written meanwhile. What was
    read stays loaded, but nothing more is loaded lazily.
    """
    if (outer := _reader.get()) is not None:
        yield outer
        return
    with translated(), database.engine.connect() as connection:
        connection.begin()  # rolled back with the connection: what was written here by mistake is not kept
        session = _session_on(connection)
        token = _reader.set(session)
        try:
            yield session
        finally:
            _reader.reset(token)
            session.close()


def with_reading(query: Callable[Concatenate[Session, Given], Answer]) -> Callable[Given, Answer]:
    """A query that takes a session, as a page asks it: with a session of its own to read with."""

    @wraps(query)
    def ask(*args: Given.args, **facts: Given.kwargs) -> Answer:
        with reading() as session:
            return query(session, *args, **facts)

    return ask


def _session_on(connection: Connection) -> Session:
    """A session inside a connection's transaction. Who only runs ``Prepared`` statements never pays for its machinery."""
    session = Session(connection, expire_on_commit=False, autoflush=False)
    run_on(session, connection)
    return session


@contextmanager
def translated() -> Iterator[None]:
    """What a driver says, as ``LostRace``, ``StorageTrouble`` or ``BadInput``."""
    try:
        yield
    except IntegrityError as error:
        if "unique" in str(error.orig).lower():
            raise LostRace(str(error.orig)) from error
        raise
    except (DataError, OverflowError) as error:
        # PostgreSQL minds a NUL in a text or a number beyond its column, SQLite one beyond 64 bits (an error of the
        # driver that SQLAlchemy does not know); forms that know better say more.
        if isinstance(error, OverflowError) and "SQLite" not in str(error):
            raise
        raise BadInput("输入里有不能保存的内容", next_step="请去掉特殊字符,检查数字后再试") from error
    except DBAPIError as error:
        kind = "lost" if error.connection_invalidated else _kind_of(str(error.orig).lower())
        if kind is None:
            raise
        raise StorageTrouble(kind) from error


def add_up(session: Session, table: Table, rows: list[dict[str, Any]], *, sums: tuple[str, ...]) -> None:
    """Add the columns ``sums`` of each row to the row with the same primary key; make it where it is missing.

    One statement on both databases, so that two writers never lose an addition.
    """
    _adder(table, sums, session.get_bind().dialect.name).run_each(session, rows)


def take_next(session: Session, table: Table, row: dict[str, Any], *, count: str) -> int:
    """Count up the row with this primary key (made when missing) and answer its new count. The row stays locked."""
    statement = _adder(table, (count,), session.get_bind().dialect.name, returning=count)
    return int(statement.value(session, **row))


@cache
def _adder(table: Table, sums: tuple[str, ...], dialect: str, returning: str = "") -> Prepared:
    adding = (sqlite if dialect == "sqlite" else postgresql).insert(table)
    added = adding.on_conflict_do_update(
        index_elements=[column.name for column in table.primary_key],
        set_={name: table.c[name] + adding.excluded[name] for name in sums},
    )
    return Prepared(added.returning(table.c[returning]) if returning else added, columns=table.c.keys())


#: What a driver says -> what is the matter (``StorageTrouble``), the first that fits.
_SIGNS = {
    "busy": ("locked", "lock timeout", "busy", "deadlock"),
    "full": ("full", "no space", "disk i/o"),
    "read_only": ("readonly", "read-only", "unable to open"),
    "lost": ("connection", "terminating"),
}


def _kind_of(words: str) -> str | None:
    return next((kind for kind, signs in _SIGNS.items() if any(sign in words for sign in signs)), None)
