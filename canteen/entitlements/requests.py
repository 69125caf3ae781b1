"""What is asked of the office: frozen records between forms and service."""

from dataclasses import dataclass
from datetime import date


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicantAgent:
    """Who applies for an elder. All empty when the elder does."""

    name: str = ""
    relation: str = ""
    phone: str = ""
    #: How the elder agreed: signed, said so before two people …
    consent: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class ApplicationInput:
    """An application as it is taken at the counter or keyed in from paper."""

    key: str
    elder_id: int
    version_id: int
    purpose: str
    applicant: str
    channel: str
    applied_on: date
    agent: ApplicantAgent
    note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class DocumentInput:
    """A paper that was shown, with its issuer and date; a picture may be attached."""

    application_id: int
    kind: str
    issuer: str
    #: Day of issue, or of the assessment.
    day: date | None
    note: str
    #: Found ability; only of an assessment.
    ability: str = ""
    #: The picture as it was sent; b"" without one.
    photo: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class DecisionInput:
    """A step passed or refused. ``position`` is the step the officer saw."""

    application_id: int
    position: int
    outcome: str
    opinion: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PublicityInput:
    """A list to be posted: the chosen applications of one version, area and step."""

    version_id: int
    area_id: int
    position: int
    application_ids: tuple[int, ...]
    posted_on: date
    place: str
    phone: str


@dataclass(frozen=True, slots=True, kw_only=True)
class ObjectionInput:
    """Somebody objects; ``by`` may be empty."""

    application_id: int
    received_on: date
    by: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class SanctionInput:
    """An elder loses a scheme. ``number`` is the place of the sanction in the scheme's list, or None for a plain end."""

    elder_id: int
    scheme: str
    number: int | None
    reason: str
    decided_on: date
