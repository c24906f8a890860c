"""The addresses of signing in. What allauth also offers (sign-up, e-mail and reset pages) has none."""

from __future__ import annotations

from allauth.account import views as account
from allauth.mfa.base import views as factor
from allauth.mfa.recovery_codes import views as recovery
from allauth.mfa.totp import views as totp
from allauth.mfa.webauthn import views as key
from django.urls import path

from ischia.base.permissions import public, signed_in
from ischia.console.accounts import views

urlpatterns = [
    path("sign-in/", public(account.login), name="account_login"),
    path("sign-out/", public(account.logout), name="account_logout"),
    path("inactive/", public(account.account_inactive), name="account_inactive"),
    path("link/<str:token>/", public(views.sign_in_link), name="sign_in_link"),
    path("again/", signed_in(account.reauthenticate), name="account_reauthenticate"),
    path("password/set/", signed_in(views.SetPassword.as_view()), name="account_set_password"),
    path("password/change/", signed_in(views.ChangePassword.as_view()), name="account_change_password"),
    path("second-factor/", signed_in(factor.index), name="mfa_index"),
    # The second step of signing in: allauth lets in only who has just taken the first.
    path("second-factor/code/", public(factor.authenticate), name="mfa_authenticate"),
    path("second-factor/again/", signed_in(factor.reauthenticate), name="mfa_reauthenticate"),
    path("second-factor/enrol/", signed_in(views.Enrol.as_view()), name="mfa_activate_totp"),
    path("second-factor/remove/", signed_in(totp.deactivate_totp), name="mfa_deactivate_totp"),
    path("second-factor/recovery/", signed_in(recovery.view_recovery_codes), name="mfa_view_recovery_codes"),
    path(
        "second-factor/recovery/new/", signed_in(recovery.generate_recovery_codes), name="mfa_generate_recovery_codes"
    ),
    path("second-factor/keys/", signed_in(key.list_webauthn), name="mfa_list_webauthn"),
    path("second-factor/keys/add/", signed_in(views.AddKey.as_view()), name="mfa_add_webauthn"),
    path("second-factor/keys/again/", signed_in(key.reauthenticate_webauthn), name="mfa_reauthenticate_webauthn"),
    path("second-factor/keys/<int:pk>/remove/", signed_in(key.remove_webauthn), name="mfa_remove_webauthn"),
    path("second-factor/keys/<int:pk>/edit/", signed_in(key.edit_webauthn), name="mfa_edit_webauthn"),
]
