"""Tables of people, their names for ever, their roles and their one-time links."""

from __future__ import annotations

import enum
from datetime import datetime

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.core import clock
from classprojects.core.database import Id, Model, enum_column
from classprojects.core.ids import new_token


class Role(enum.StrEnum):
    """What a person may do beyond making things: given by staff, kept as a row."""

    INSTRUCTOR = "instructor"
    STAFF = "staff"


class TokenPurpose(enum.StrEnum):
    """What a one-time link is for."""

    VERIFY_EMAIL = "verify_email"
    RESET_PASSWORD = "reset_password"  # noqa: S105
    CHANGE_EMAIL = "change_email"


class Person(Model):
    """Somebody with an account. Leaving empties the row and keeps it as a tombstone."""

    __tablename__ = "people"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: lower case; None once the person has left (the name itself stays in ``handles``)
    handle: Mapped[str | None] = mapped_column(sa.String(30), unique=True)
    #: lower case, proven to be theirs; None before that, and once the person has left
    email: Mapped[str | None] = mapped_column(sa.String(254), unique=True)
    email_verified_at: Mapped[datetime | None]
    #: lower case, as claimed at sign-up and not proven yet. Not unique: an address that
    #: nobody proved belongs to nobody, so that signing up tells nothing about others.
    claimed_email: Mapped[str | None] = mapped_column(sa.String(254), index=True)
    password_hash: Mapped[str | None] = mapped_column(sa.String(255))
    name: Mapped[str] = mapped_column(sa.String(80))
    bio: Mapped[str] = mapped_column(sa.String(500), default="")
    country: Mapped[str | None] = mapped_column(sa.String(2))
    language: Mapped[str] = mapped_column(sa.String(12), default="en")
    time_zone: Mapped[str] = mapped_column(sa.String(64), default="UTC")
    #: what the address of their private calendar is made of; None: they have none
    calendar_key: Mapped[str | None] = mapped_column(sa.String(40), unique=True)
    #: public id of the media file that is their picture (media stands above accounts)
    picture_key: Mapped[str | None] = mapped_column(sa.String(40))
    #: changing it signs the person out everywhere
    session_key: Mapped[str] = mapped_column(sa.String(40), default=new_token)
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    left_at: Mapped[datetime | None]

    roles: Mapped[list[PersonRole]] = relationship(
        back_populates="person", lazy="raise", foreign_keys="PersonRole.person_id"
    )

    # What Flask-Login asks.
    is_authenticated = True
    is_anonymous = False

    @property
    def is_active(self) -> bool:
        return self.left_at is None

    def get_id(self) -> str:
        """What the session cookie holds: it stops fitting when the session key changes."""
        return f"{self.id}.{self.session_key}"

    @property
    def is_staff(self) -> bool:
        return any(role.role is Role.STAFF for role in self.roles)

    @property
    def is_instructor(self) -> bool:
        return any(role.role is Role.INSTRUCTOR for role in self.roles)

    @property
    def address(self) -> str | None:
        """Where mail to this person goes: the proven address, else the claimed one."""
        return self.email or self.claimed_email

    @property
    def picture_url(self) -> str | None:
        return f"/media/{self.picture_key}/w480-webp" if self.picture_key else None

    @property
    def url(self) -> str | None:
        return f"/people/{self.handle}" if self.handle else None


class PersonRole(Model):
    """A role that a person holds, who gave it and when."""

    __tablename__ = "person_roles"

    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), primary_key=True)
    role: Mapped[Role] = mapped_column(enum_column(Role), primary_key=True)
    granted_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    granted_at: Mapped[datetime] = mapped_column(default=clock.now)

    person: Mapped[Person] = relationship(back_populates="roles", lazy="raise", foreign_keys=[person_id])


class Handle(Model):
    """Every handle ever taken. Rows are never deleted: a handle is never given out again."""

    __tablename__ = "handles"

    handle: Mapped[str] = mapped_column(sa.String(30), primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    taken_at: Mapped[datetime] = mapped_column(default=clock.now)


class AccountToken(Model):
    """A one-time link that was mailed. Only its hash is kept."""

    __tablename__ = "account_tokens"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"), index=True)
    purpose: Mapped[TokenPurpose] = mapped_column(enum_column(TokenPurpose))
    token_hash: Mapped[str] = mapped_column(sa.String(64), unique=True)
    #: the address that is being verified or changed to
    email: Mapped[str | None] = mapped_column(sa.String(254))
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    expires_at: Mapped[datetime]
    used_at: Mapped[datetime | None]

    person: Mapped[Person] = relationship(lazy="raise")


class EndedSession(Model):
    """A session that its person signed out of: a copy of its cookie is worth nothing any more."""

    __tablename__ = "ended_sessions"

    #: SHA-256 of the session's own random word
    session_hash: Mapped[str] = mapped_column(sa.String(64), primary_key=True)
    ended_at: Mapped[datetime] = mapped_column(default=clock.now, index=True)
