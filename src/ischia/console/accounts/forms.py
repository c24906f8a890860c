"""allauth's forms for codes, with two rules of ours: a code has one form, and is good for one use."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, cast

from allauth.mfa.adapter import get_adapter
from allauth.mfa.base.forms import AuthenticateForm, ReauthenticateForm
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.forms import ActivateTOTPForm
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value, yield_hotp_counters_from_time
from allauth.mfa.utils import decrypt

from ischia.base.people.tokens import plain_code
from ischia.base.people.verbs import spend_code

if TYPE_CHECKING:
    from uuid import UUID


class EnrolForm(ActivateTOTPForm):  # type: ignore[misc]
    """Proves that the app has the secret; the code that proves it signs nobody in afterwards."""

    def clean_code(self) -> str:
        """The code in its plain form; raises `ValidationError` where it is wrong."""
        self.cleaned_data["code"] = plain_code(self.cleaned_data["code"])
        code = cast("str", super().clean_code())
        _spend(self.user.id, self.secret, code)
        return code


class _OneUse:
    """Checks the code in its plain form, then spends its step."""

    cleaned_data: dict[str, Any]
    user: Any
    authenticator: Authenticator

    def clean_code(self) -> str:
        """The code in its plain form; raises `ValidationError` where it is wrong or was used."""
        self.cleaned_data["code"] = plain_code(self.cleaned_data["code"])
        code = cast("str", super().clean_code())  # type: ignore[misc]
        if self.authenticator.type == Authenticator.Type.TOTP:
            _spend(self.user.id, decrypt(self.authenticator.data["secret"]), code)
        return code


class CodeForm(_OneUse, AuthenticateForm):  # type: ignore[misc]
    """A code from the app, or a recovery code, as the second step of signing in."""


class RepeatCodeForm(_OneUse, ReauthenticateForm):  # type: ignore[misc]
    """A fresh code from somebody who is signed in, before they change how they sign in."""


def _spend(person: UUID, secret: str, code: str) -> None:
    steps = [step for step in yield_hotp_counters_from_time() if format_hotp_value(hotp_value(secret, step)) == code]
    if not steps or not spend_code(person=person, step=steps[-1]):
        raise get_adapter().validation_error("incorrect_code")
