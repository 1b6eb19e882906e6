"""Tables of credentials and of the keys that sign them."""

from __future__ import annotations

from datetime import datetime
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Mapped, mapped_column, relationship

from classprojects.accounts.models import Person
from classprojects.classes.models import ClassProject
from classprojects.core import clock
from classprojects.core.database import Id, Model
from classprojects.core.ids import new_token


class SigningKey(Model):
    """The public half of a key that signs credentials. Rows stay: what an old key signed must stay verifiable."""

    __tablename__ = "signing_keys"

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: its thumbprint (RFC 7638)
    key_id: Mapped[str] = mapped_column(sa.String(64), unique=True)
    public_jwk: Mapped[dict[str, Any]]
    created_at: Mapped[datetime] = mapped_column(default=clock.now)
    retired_at: Mapped[datetime | None]


class Credential(Model):
    """An Open Badges 3.0 credential as it was signed. Written once; revoking it leaves it as it is."""

    __tablename__ = "credentials"
    __table_args__ = (sa.UniqueConstraint("person_id", "class_id", "serial"),)

    id: Mapped[int] = mapped_column(Id, primary_key=True)
    #: what its address is made of
    public_id: Mapped[str] = mapped_column(sa.String(40), unique=True, default=new_token)
    person_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("people.id"))
    class_id: Mapped[int] = mapped_column(Id, sa.ForeignKey("class_projects.id"), index=True)
    #: 1; one more after each that was revoked
    serial: Mapped[int] = mapped_column(default=1)
    key_id: Mapped[str] = mapped_column(sa.String(64))
    #: the name on it, as it was
    name: Mapped[str] = mapped_column(sa.String(80))
    document: Mapped[dict[str, Any]]
    issued_at: Mapped[datetime] = mapped_column(default=clock.now)
    revoked_at: Mapped[datetime | None]
    revoked_by_id: Mapped[int | None] = mapped_column(Id, sa.ForeignKey("people.id"))
    revoked_because: Mapped[str] = mapped_column(sa.String(500), default="")

    person: Mapped[Person] = relationship(lazy="raise", foreign_keys=[person_id])
    project: Mapped[ClassProject] = relationship(lazy="raise")
