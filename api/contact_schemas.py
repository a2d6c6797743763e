"""Contacts going in and out over HTTP. Names and telephones go out only to those who manage a base."""

from datetime import datetime
from typing import Annotated, Self

from pydantic import BaseModel, ConfigDict, Field, model_validator

from api.schemas import BaseContactOut, MemberUnit, Name
from casework.leaving import Left
from domain.policy.people import Lack
from domain.terms import City, ContactRole
from persistence.colleagues import Colleague


class AnsweredBase(BaseModel):
    """A base, and as what a contact answers for it."""

    model_config = ConfigDict(extra="forbid")

    base: str
    role: ContactRole = ContactRole.CONTACT


class NewContact(BaseModel):
    """Somebody who answers for bases, or belongs to a member unit or a city office."""

    model_config = ConfigDict(extra="forbid")

    name: Name
    phone: Annotated[str, Field(max_length=30)] | None = None
    department: MemberUnit | None = Field(None, description="成员单位的联系人，接收本单位的催办")
    city: City | None = Field(None, description="市级办公室的联系人")
    may_decide: bool = Field(False, description="可在聊天中代表本单位或本办公室作出决定")
    bases: list[str | AnsweredBase] = Field([], description="基地编号；副联系人、负责人写作 {base, role}")

    @model_validator(mode="after")
    def _of_one_office(self) -> Self:
        if self.department and self.city:
            raise ValueError("成员单位和市级办公室只能填一个")
        if self.may_decide and not (self.department or self.city):
            raise ValueError("只有成员单位或市级办公室的联系人可以作出决定")
        return self

    def answered(self) -> list[AnsweredBase]:
        """The bases with the contact's role at each."""
        return [AnsweredBase(base=one) if isinstance(one, str) else one for one in self.bases]


class ContactOut(BaseModel):
    """A contact's id; personal data is not given out again."""

    id: int


class NamedContactOut(BaseContactOut):
    """Somebody of a base, for those who manage it."""

    name: str
    phone: str | None

    @classmethod
    def of(cls, person: Colleague) -> Self:
        """With name and telephone."""
        return cls(**person.model_dump())


class NewRole(BaseModel):
    """In what role somebody answers for a base."""

    model_config = ConfigDict(extra="forbid")

    role: ContactRole
    without: bool = Field(False, description="明知基地将没有联系人也要变更")


class LeftOut(BaseModel):
    """The people of a base after one of them has left or was given another role."""

    base: str
    contacts: list[BaseContactOut]
    lacks: list[Lack] = Field(description="缺什么：已成为办公室的待办")

    @classmethod
    def of(cls, left: Left) -> Self:
        """From what was decided."""
        people = [BaseContactOut.of(one) for one in left.people]
        return cls(base=left.base_id, contacts=people, lacks=sorted(left.lacks))


class InviteOut(BaseModel):
    """A one-time code, to be sent to the bot as /start CODE."""

    code: str
    expires_at: datetime
