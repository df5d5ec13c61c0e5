"""People of the workspace over the API, and oneself."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.organization_shapes import UserCreate, UserOut, UserUpdate
from accounts.queries import get_person, row_of_invited
from accounts.services.invitations import invite
from accounts.services.people import PersonRow, rename_person
from config.api.endpoints import Endpoint
from config.api.schema import operation

JSON = "application/json"
INVITE_REFUSALS = (
    *("malformed_json", "role_not_held", "already_member"),
    *("too_many_attempts", "mail_unavailable"),
)
ADA: dict[str, Any] = {
    "id": "5c1f6b0a-9f38-4a0e-8f5e-6b9f1d2c3a44",
    "name": "Ada Lovelace",
    "email": "ada@example.org",
    "role": "member",
    "status": "active",
    "created_at": "2026-11-21T09:30:00Z",
}
_INVITED = OpenApiExample("invited", {**ADA, "status": "invited"})
_USER = OpenApiResponse(UserOut, "The person.", [OpenApiExample("user", ADA)])
_WISH = {"name": "Ada Lovelace", "email": "ada@example.org", "role": "member"}


def user_body(person: PersonRow) -> dict[str, Any]:
    """Return a person as the API tells of them."""
    return dict(UserOut(person).data)


class UsersView(Endpoint):
    """The workspace's people."""

    required_scopes: ClassVar = {"POST": "members:write"}
    refusals: ClassVar = {"POST": INVITE_REFUSALS}

    @operation(
        "createUser",
        tag="Users",
        summary="Add a person to the workspace",
        description=(
            "Mails them a link, good for seven days, by which they choose a password and join. Who"
            " has an account elsewhere joins with it; the answer is the same, so that nobody learns"
            " of accounts in other workspaces. Until then their `status` is `invited`."
        ),
        request={JSON: UserCreate},
        examples=(OpenApiExample("user", _WISH, request_only=True),),
        responses={201: OpenApiResponse(UserOut, "The person, invited.", [_INVITED])},
    )
    def post(self, request: Request) -> Response:
        """Invite somebody."""
        invitation = invite(principal=self.principal, **UserCreate.read(request.data))
        invitation.refresh_from_db(fields=["expires_at"])
        headers = {"Location": f"/api/v1/users/{invitation.person_id}/"}
        return Response(user_body(row_of_invited(invitation)), status=201, headers=headers)


class UserView(Endpoint):
    """One person."""

    required_scopes: ClassVar = {"GET": "organization:read"}

    @operation("getUser", tag="Users", summary="Read a person", responses={200: _USER})
    def get(self, request: Request, user_id: UUID) -> Response:
        """Return somebody who belongs to the workspace or is invited."""
        return Response(user_body(get_person(self.principal, user_id)))


class OwnUserView(Endpoint):
    """Oneself."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": (), "PATCH": ()}
    refusals: ClassVar = {"GET": ("not_found",), "PATCH": ("not_found", "malformed_json")}

    @operation(
        "getOwnUser",
        tag="Users",
        summary="Read oneself",
        description="Of a person's access token or session. A key is nobody: 404.",
        responses={200: _USER},
    )
    def get(self, request: Request) -> Response:
        """Return who asks."""
        return Response(user_body(get_person(self.principal, self.principal.user_id)))

    @operation(
        "updateOwnUser",
        tag="Users",
        summary="Change one's name",
        request={JSON: UserUpdate},
        examples=(OpenApiExample("name", {"name": "Ada King"}, request_only=True),),
        responses={200: _USER},
    )
    def patch(self, request: Request) -> Response:
        """Change who asks."""
        rename_person(principal=self.principal, **UserUpdate.read(request.data))
        return Response(user_body(get_person(self.principal, self.principal.user_id)))
