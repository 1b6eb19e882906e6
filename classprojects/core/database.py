"""The database: models' base, column types and explicit transactions.

A door (a view, a job, a command) opens ``with transaction():``; actions flush and
never commit. Writing outside of one raises, and so does nesting. What must happen
only when the change is really there (a job, a mail) goes through ``after_commit``.

SQLite and PostgreSQL both work. SQLite takes its write lock when a transaction
begins (``BEGIN IMMEDIATE``), since upgrading a read transaction under load answers
'database is locked' at once, whatever the timeout.
"""

from __future__ import annotations

import enum
import functools
import hashlib
import logging
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any

import sqlalchemy as sa
from flask_sqlalchemy import SQLAlchemy
from sqlalchemy import event
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Dialect, Engine
from sqlalchemy.exc import SQLAlchemyError
from sqlalchemy.orm import DeclarativeBase, Session, registry, scoped_session

log = logging.getLogger(__name__)

NAMING = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s",
    "pk": "pk_%(table_name)s",
}

#: BIGINT everywhere, but SQLite only counts up an INTEGER primary key.
Id = sa.BigInteger().with_variant(sa.Integer(), "sqlite")

#: The largest id that both databases can hold; more than that is nobody's id.
MAX_ID = 2**63 - 1


class UTCDateTime(sa.TypeDecorator[datetime]):
    """An aware moment in UTC. SQLite has no zones: there it is stored naive, as UTC."""

    impl = sa.DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("naive datetime given to the database")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def enum_column(kind: type[enum.Enum], name: str | None = None) -> sa.Enum:
    """A column type for a string enum: VARCHAR with a CHECK, its values as stored words."""
    return sa.Enum(
        kind,
        native_enum=False,
        create_constraint=True,
        length=32,
        name=name or kind.__name__.lower(),
        values_callable=lambda members: [member.value for member in members],
    )


class Base(DeclarativeBase):
    """What every table shares."""

    registry = registry(
        metadata=sa.MetaData(naming_convention=NAMING),
        type_annotation_map={datetime: UTCDateTime(), int: sa.BigInteger(), dict[str, Any]: sa.JSON()},
    )


db = SQLAlchemy(model_class=Base, session_options={"expire_on_commit": False})

if TYPE_CHECKING:
    Model = Base
else:
    #: the base class of every table, as Flask-SQLAlchemy completed it
    Model = db.Model


class _Transaction:
    def __init__(self) -> None:
        self.afterwards: list[tuple[Callable[..., object], tuple[Any, ...]]] = []


_current: ContextVar[_Transaction | None] = ContextVar("transaction", default=None)


@contextmanager
def transaction() -> Iterator[Session]:
    """One unit of change: commits at the end, rolls back on any exception.

    Raises RuntimeError when nested. Work that was left with :func:`after_commit`
    runs once the commit stands; its failure is logged and does not undo the change
    (state lives in rows, and a sweep finds what was not started).
    """
    if _current.get() is not None:
        raise RuntimeError("transaction() does not nest: the door opens it, actions only flush")
    session = db.session()
    # What was read so far stays loaded; only its read transaction ends, so that
    # SQLite can begin again with the write lock in hand.
    session.commit()
    work = _Transaction()
    token = _current.set(work)
    try:
        try:
            session.connection()
            # A savepoint's rollback forgets only what was changed; all else that the door
            # loaded stays, so that it can show the page again with words about what went wrong.
            with session.begin_nested():
                yield session
        except BaseException:
            _end_empty(session)
            raise
        try:
            session.commit()
        except BaseException:
            session.rollback()
            raise
    finally:
        _current.reset(token)
    for function, arguments in work.afterwards:
        try:
            function(*arguments)
        except Exception:
            log.exception("after_commit failed", extra={"function": getattr(function, "__qualname__", "?")})


def _end_empty(session: Session) -> None:
    """End a transaction whose changes are undone already."""
    try:
        session.commit()
    except SQLAlchemyError:
        session.rollback()


def in_transaction() -> bool:
    """Whether the caller runs inside ``with transaction():``."""
    return _current.get() is not None


def after_commit(function: Callable[..., object], *arguments: Any) -> None:
    """Call ``function(*arguments)`` once the current transaction is committed.

    Raises RuntimeError outside of one: there is nothing to wait for.
    """
    work = _current.get()
    if work is None:
        raise RuntimeError("after_commit() outside of a transaction")
    work.afterwards.append((function, arguments))


def _refuse_stray_writes(session: Session, *_: object) -> None:
    if _current.get() is None:
        raise RuntimeError("a write outside of `with transaction():`")


def _refuse_stray_statements(state: Any) -> None:
    if (state.is_insert or state.is_update or state.is_delete) and _current.get() is None:
        raise RuntimeError("a write outside of `with transaction():`")


def engine_options(url: str) -> dict[str, Any]:
    """What the engine for ``url`` needs to be told."""
    # An error names its statement in the log, never the addresses and hashes that went with it.
    if url.startswith("sqlite"):
        return {"hide_parameters": True, "connect_args": {"isolation_level": None, "timeout": 15}}
    return {"hide_parameters": True, "pool_pre_ping": True, "pool_size": 5, "max_overflow": 5}


def prepare(engine: Engine) -> None:
    """Attach the connection rules (pragmas, BEGIN) to ``engine``."""
    if engine.dialect.name == "postgresql":

        @event.listens_for(engine, "connect")
        def _settings(connection: Any, _record: object) -> None:
            # Compiling pays for reports over millions of rows. Here a walk through a lineage of 80 works was guessed
            # to be one, and waited 160 ms for a compiler before it ran for 5.
            with connection.cursor() as cursor:
                cursor.execute("SET jit = off")
            connection.commit()

    if engine.dialect.name != "sqlite":
        return

    @event.listens_for(engine, "connect")
    def _pragmas(connection: Any, _record: object) -> None:
        cursor = connection.cursor()
        for pragma in (
            "journal_mode=WAL",
            "synchronous=NORMAL",
            "busy_timeout=15000",
            "foreign_keys=ON",
            "temp_store=MEMORY",
            "cache_size=-16000",
        ):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    @event.listens_for(engine, "begin")
    def _begin(connection: sa.Connection) -> None:
        connection.exec_driver_sql("BEGIN IMMEDIATE" if in_transaction() else "BEGIN")


def prepared(build: Callable[..., Any]) -> Callable[..., Any]:
    """Build a statement once for each set of arguments, and keep it.

    Putting a statement together costs more than running it (measured: 0.8 of 1.5 ms on
    the open wall). Arguments must be few and hashable; what varies from one request to
    the next goes in as ``bindparam``.
    """
    return functools.lru_cache(maxsize=128)(build)


def insert_into(session: Session | scoped_session[Any], model: type[Base]) -> Any:
    """INSERT into ``model``'s table in the dialect spoken, which knows ON CONFLICT."""
    is_postgres = session.get_bind().dialect.name == "postgresql"
    return postgresql.insert(model) if is_postgres else sqlite.insert(model)


def lock_row(session: Session | scoped_session[Any], statement: sa.Select[Any]) -> sa.Select[Any]:
    """``statement`` with FOR UPDATE where the database has row locks.

    SQLite has one writer, which a transaction already is from its beginning.
    """
    if session.get_bind().dialect.name == "sqlite":
        return statement.execution_options(populate_existing=True)
    return statement.with_for_update().execution_options(populate_existing=True)


def hold(session: Session | scoped_session[Any], what: str, number: int = 0) -> None:
    """Let only one transaction at a time past this line for (``what``, ``number``), until it ends.

    For rules that no constraint can state, such as a graph without cycles. PostgreSQL
    takes an advisory lock; SQLite has one writer already.
    """
    if session.get_bind().dialect.name == "postgresql":
        key = int.from_bytes(hashlib.blake2b(f"{what}:{number}".encode(), digest_size=8).digest(), signed=True)
        session.execute(sa.select(sa.func.pg_advisory_xact_lock(key)))


event.listen(Session, "before_flush", _refuse_stray_writes)
event.listen(Session, "do_orm_execute", _refuse_stray_statements)
