"""Passkeys (WebAuthn): what the browser is asked, and whether its answer is right. Knows no database."""

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import ip_address

#: The longest answer of a browser that is looked at; real ones are 1 to 3 KB.
LONGEST_ANSWER = 16_384


@dataclass(frozen=True, slots=True)
class Origin:
    """Under what a passkey is kept: the site's name, and the address its pages are opened by."""

    rp_id: str
    address: str


@dataclass(frozen=True, slots=True)
class NewPasskey:
    """What is kept of one."""

    credential_id: str
    public_key: bytes
    sign_count: int


def origin_of(host: str, *, is_https: bool) -> Origin | None:
    """The origin of a request for ``host`` (with its port), which is one of ours; None where browsers allow no passkeys:
    over plain HTTP, except on the computer itself, and under a bare address."""
    name = host.rsplit(":", 1)[0] if not host.endswith("]") else host
    if _is_address(name) or not (is_https or name == "localhost" or name.endswith(".localhost")):
        return None
    return Origin(name, f"{'https' if is_https else 'http'}://{host}")


def _is_address(name: str) -> bool:
    try:
        ip_address(name.strip("[]"))
    except ValueError:
        return False
    return True


def ask_for_new(origin: Origin, *, staff_id: int, username: str, name: str, known: Iterable[str]) -> tuple[str, str]:
    """What ``navigator.credentials.create`` is given (JSON), and the challenge in it (base64url)."""
    import webauthn  # 10 MiB: only where passkeys are used
    from webauthn.helpers.structs import AuthenticatorSelectionCriteria, UserVerificationRequirement

    options = webauthn.generate_registration_options(
        rp_id=origin.rp_id,
        rp_name=origin.rp_id,
        user_id=f"staff:{staff_id}".encode(),
        user_name=username,
        user_display_name=name,
        authenticator_selection=AuthenticatorSelectionCriteria(user_verification=UserVerificationRequirement.PREFERRED),
        exclude_credentials=_descriptors(known),
    )
    return webauthn.options_to_json(options), webauthn.helpers.bytes_to_base64url(options.challenge)


def read_new(answer: str, *, challenge: str, origin: Origin) -> NewPasskey | None:
    """The passkey a browser made for this challenge and this site; None when the answer is not right."""
    import webauthn

    if not challenge or len(answer) > LONGEST_ANSWER:
        return None
    try:
        made = webauthn.verify_registration_response(
            credential=answer,
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=origin.rp_id,
            expected_origin=origin.address,
        )
    except Exception:
        return None
    credential_id = webauthn.helpers.bytes_to_base64url(made.credential_id)
    return NewPasskey(credential_id, made.credential_public_key, made.sign_count)


def ask_for_known(origin: Origin, *, known: Iterable[str]) -> tuple[str, str]:
    """What ``navigator.credentials.get`` is given (JSON), and the challenge in it (base64url)."""
    import webauthn
    from webauthn.helpers.structs import UserVerificationRequirement

    options = webauthn.generate_authentication_options(
        rp_id=origin.rp_id,
        allow_credentials=_descriptors(known),
        user_verification=UserVerificationRequirement.PREFERRED,
    )
    return webauthn.options_to_json(options), webauthn.helpers.bytes_to_base64url(options.challenge)


def credential_of(answer: str) -> str:
    """Which passkey an answer says it is of (base64url); "" when that cannot be read."""
    from webauthn.helpers import parse_authentication_credential_json

    try:
        return parse_authentication_credential_json(answer).id if len(answer) <= LONGEST_ANSWER else ""
    except Exception:
        return ""


def check_known(answer: str, *, challenge: str, origin: Origin, public_key: bytes, sign_count: int) -> int | None:
    """The new count of the passkey that signed this challenge for this site; None when the answer is not right."""
    import webauthn

    if not challenge:
        return None
    try:
        checked = webauthn.verify_authentication_response(
            credential=answer,
            expected_challenge=webauthn.base64url_to_bytes(challenge),
            expected_rp_id=origin.rp_id,
            expected_origin=origin.address,
            credential_public_key=public_key,
            credential_current_sign_count=sign_count,
        )
    except Exception:
        return None
    return checked.new_sign_count


def _descriptors(known: Iterable[str]) -> list:  # type: ignore[type-arg]
    import webauthn
    from webauthn.helpers.structs import PublicKeyCredentialDescriptor

    return [PublicKeyCredentialDescriptor(id=webauthn.base64url_to_bytes(one)) for one in known]
