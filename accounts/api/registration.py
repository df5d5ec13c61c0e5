"""Signing up and forgotten passwords over the API; open to all, hence equal answers."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework import serializers
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.organization_shapes import PERSON_NAME_LENGTH, AddressField, UserOut
from accounts.api.users import ADA, JSON, user_body
from accounts.services.passwords import request_reset, reset_password
from accounts.services.people import row_of_member
from accounts.services.registration import register, verify_email
from accounts.services.tenants import NAME_LENGTH
from config.api.endpoints import Endpoint
from config.api.parsers import JsonParser
from config.api.schema import operation
from config.api.shapes import Shape

_MAIL_REFUSALS = ("malformed_json", "too_many_attempts", "mail_unavailable")
_LINK_REFUSALS = ("malformed_json", "invalid_link")
_ASKED = OpenApiExample("mailed", {"email": "ada@example.org", "status": "mail_sent"})


class Registration(Shape):
    """Who signs up."""

    name = serializers.CharField(max_length=PERSON_NAME_LENGTH)
    email = AddressField()
    password = serializers.CharField(max_length=1000, trim_whitespace=False)
    workspace = serializers.CharField(
        max_length=NAME_LENGTH,
        required=False,
        allow_blank=True,
        help_text="The company or team; else the workspace is named after the person.",
    )


class EmailVerification(Shape):
    """What shows that the address is one's own."""

    token = serializers.CharField(max_length=100, help_text="The last part of the mailed link.")


class PasswordReset(Shape):
    """Whose password is forgotten."""

    email = AddressField()


class PasswordResetConfirm(Shape):
    """The link's secret, and a new password."""

    key = serializers.CharField(max_length=200, help_text="The last part of the mailed link.")
    password = serializers.CharField(max_length=1000, trim_whitespace=False)


class MailSent(serializers.Serializer[Any]):
    """A mail is on its way, to whomever the address belongs."""

    email = serializers.EmailField()
    status = serializers.ChoiceField(choices=["mail_sent"])


_MAILED = OpenApiResponse(MailSent, "A mail is on its way.", [_ASKED])


class OpenEndpoint(Endpoint):
    """Open to all: what is sent in the body says who asks, and nothing else is looked at."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JsonParser,)


class RegisterView(OpenEndpoint):
    """Signing up."""

    refusals: ClassVar = {"POST": _MAIL_REFUSALS}

    @operation(
        "signUp",
        tag="Auth",
        summary="Sign up",
        description=(
            "Mails a link, good for 24 hours, that makes the account and its workspace. The answer"
            " is the same for an address that has an account: its owner gets a mail that says so."
        ),
        request={JSON: Registration},
        examples=(
            OpenApiExample(
                "person",
                {
                    "name": "Ada Lovelace",
                    "email": "ada@example.org",
                    "password": "correct horse battery staple",
                    "workspace": "Acme",
                },
                request_only=True,
            ),
        ),
        responses={202: _MAILED},
    )
    def post(self, request: Request) -> Response:
        """Send the mail."""
        given = Registration.read(request.data)
        register(**given)
        return _mailed(given["email"])


class VerifyEmailView(OpenEndpoint):
    """The end of signing up."""

    refusals: ClassVar = {"POST": _LINK_REFUSALS}

    @operation(
        "verifyEmail",
        tag="Auth",
        summary="Make the account",
        description="With the token of the mail's link, once. Then log in at `/auth/token/`.",
        request={JSON: EmailVerification},
        examples=(OpenApiExample("token", {"token": "A" * 43}, request_only=True),),
        responses={
            201: OpenApiResponse(
                UserOut, "The new person.", [OpenApiExample("user", {**ADA, "role": "owner"})]
            )
        },
    )
    def post(self, request: Request) -> Response:
        """Make person and workspace."""
        membership = verify_email(text=EmailVerification.read(request.data)["token"])
        return Response(user_body(row_of_member(membership)), status=201)


class PasswordResetView(OpenEndpoint):
    """A forgotten password."""

    refusals: ClassVar = {"POST": _MAIL_REFUSALS}

    @operation(
        "requestPasswordReset",
        tag="Auth",
        summary="Ask for a new password",
        description="Mails a link. The answer is the same for an address without an account.",
        request={JSON: PasswordReset},
        examples=(OpenApiExample("person", {"email": "ada@example.org"}, request_only=True),),
        responses={202: _MAILED},
    )
    def post(self, request: Request) -> Response:
        """Send the mail."""
        email = PasswordReset.read(request.data)["email"]
        request_reset(email=email)
        return _mailed(email)


class PasswordResetConfirmView(OpenEndpoint):
    """A new password."""

    refusals: ClassVar = {"POST": _LINK_REFUSALS}

    @operation(
        "resetPassword",
        tag="Auth",
        summary="Set a new password",
        description=(
            "With the key of the mail's link, once. All sessions and all programs' log-ins of the"
            " person end."
        ),
        request={JSON: PasswordResetConfirm},
        examples=(
            OpenApiExample(
                "key",
                {
                    "key": f"{'5c1f6b0a' * 4}-d0abcd-{'0123456789abcdef' * 2}",
                    "password": "correct horse battery staple",
                },
                request_only=True,
            ),
        ),
        responses={204: OpenApiResponse(None, "The password is set.")},
    )
    def post(self, request: Request) -> Response:
        """Set it."""
        reset_password(**PasswordResetConfirm.read(request.data))
        return Response(status=204)


def _mailed(email: str) -> Response:
    return Response({"email": email, "status": "mail_sent"}, status=202)
