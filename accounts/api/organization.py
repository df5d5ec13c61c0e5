"""The workspace over the API: its members and invitations."""

from __future__ import annotations

from typing import Any, ClassVar
from uuid import UUID

from drf_spectacular.utils import OpenApiExample, OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.organization_shapes import (
    InvitationAccept,
    InvitationCreate,
    InvitationOut,
    InvitationPage,
    MemberList,
    MemberUpdate,
    UserOut,
)
from accounts.api.users import ADA, INVITE_REFUSALS, JSON, user_body
from accounts.models import Invitation
from accounts.queries import get_person, list_people
from accounts.services.invitations import accept_with_password, invite, revoke_invitation
from accounts.services.members import change_role, remove_member
from config.api.endpoints import Endpoint
from config.api.pagination import CursorPages, Page, PageQuery, page_body
from config.api.parsers import JsonParser
from config.api.schema import operation
from config.api.shapes import Shape

TAG = "Organization"
_INVITATION = {
    "id": "1d5a7c2e-3b4f-4a6d-9e8f-7c6b5a493827",
    "email": "ada@example.org",
    "role": "member",
    "user_id": ADA["id"],
    "created_at": "2026-11-21T09:30:00Z",
    "expires_at": "2026-11-28T09:30:00Z",
    "accepted_at": None,
    "revoked_at": None,
}
_PAGE = {"results": [_INVITATION], "next": None, "previous": None}
_ACCEPT = {"token": "A" * 43, "password": "correct horse battery staple", "name": "Ada Lovelace"}
_MEMBER = OpenApiResponse(UserOut, "The member.", [OpenApiExample("member", ADA)])


class MembersView(Endpoint):
    """Who belongs to the workspace."""

    required_scopes: ClassVar = {"GET": "organization:read"}

    @operation(
        "listMembers",
        tag=TAG,
        summary="List members",
        responses={
            200: OpenApiResponse(
                MemberList, "All members.", [OpenApiExample("members", {"results": [ADA]})]
            )
        },
    )
    def get(self, request: Request) -> Response:
        """List members."""
        return Response({"results": [user_body(each) for each in list_people(self.principal)]})


class MemberView(Endpoint):
    """One member."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {
        "PATCH": ("members:write",),
        "DELETE": ("members:write",),
    }
    refusals: ClassVar = {
        "PATCH": ("malformed_json", "role_not_held", "last_owner"),
        "DELETE": ("role_not_held", "last_owner"),
    }

    @operation(
        "updateMember",
        tag=TAG,
        summary="Change a member's role",
        description="Only owners make or change owners; the last one stays one.",
        request={JSON: MemberUpdate},
        examples=(OpenApiExample("role", {"role": "viewer"}, request_only=True),),
        responses={200: _MEMBER},
    )
    def patch(self, request: Request, user_id: UUID) -> Response:
        """Change the role."""
        given = MemberUpdate.read(request.data)
        change_role(principal=self.principal, user_id=user_id, **given)
        return Response(user_body(get_person(self.principal, user_id)))

    @operation(
        "removeMember",
        tag=TAG,
        summary="Remove a member",
        description=(
            "Their sessions and programs lose the workspace at the next request. Keys that they"
            " have made go on: they are the workspace's."
        ),
        responses={204: OpenApiResponse(None, "They are no member any more.")},
    )
    def delete(self, request: Request, user_id: UUID) -> Response:
        """End the membership."""
        remove_member(principal=self.principal, user_id=user_id)
        return Response(status=204)


class InvitationsView(Endpoint):
    """Who is invited."""

    required_scopes: ClassVar = {"GET": "organization:read", "POST": "members:write"}
    query_shapes: ClassVar[dict[str, type[Shape]]] = {"GET": PageQuery}
    refusals: ClassVar = {"POST": INVITE_REFUSALS}

    @operation(
        "listInvitations",
        tag=TAG,
        summary="List invitations",
        description="Newest first, accepted and revoked ones too.",
        responses={
            200: OpenApiResponse(InvitationPage, "Invitations.", [OpenApiExample("page", _PAGE)])
        },
    )
    def get(self, request: Request) -> Response:
        """List invitations."""
        pages = CursorPages(limit=self.query["limit"], cursor=self.query.get("cursor"))
        page: Page[Invitation] = pages.page(Invitation.objects.visible_to(self.principal))
        return Response(page_body(request, page, invitation_body))

    @operation(
        "createInvitation",
        tag=TAG,
        summary="Invite somebody",
        description="As `POST /users/`, without a name.",
        request={JSON: InvitationCreate},
        examples=(
            OpenApiExample(
                "member", {"email": "ada@example.org", "role": "member"}, request_only=True
            ),
        ),
        responses={
            201: OpenApiResponse(
                InvitationOut, "The invitation.", [OpenApiExample("invitation", _INVITATION)]
            )
        },
    )
    def post(self, request: Request) -> Response:
        """Invite somebody."""
        invitation = invite(principal=self.principal, **InvitationCreate.read(request.data))
        invitation.refresh_from_db(fields=["expires_at"])
        return Response(invitation_body(invitation), status=201)


class InvitationView(Endpoint):
    """One invitation."""

    required_scopes: ClassVar = {"DELETE": "members:write"}

    @operation(
        "revokeInvitation",
        tag=TAG,
        summary="Take an invitation back",
        description="Its link stops working. Who has joined by it stays. Again is no error.",
        responses={204: OpenApiResponse(None, "The link works no more.")},
    )
    def delete(self, request: Request, invitation_id: UUID) -> Response:
        """Revoke the invitation."""
        revoke_invitation(principal=self.principal, invitation_id=invitation_id)
        return Response(status=204)


class InvitationAcceptView(Endpoint):
    """Joining; open to all, since the body says who asks."""

    authentication_classes = ()
    permission_classes = ()
    parser_classes = (JsonParser,)
    refusals: ClassVar = {
        "POST": (
            *("malformed_json", "invalid_link", "invalid_login", "otp_required", "invalid_otp"),
            *("too_many_attempts", "invitation_for_another"),
        )
    }

    @operation(
        "acceptInvitation",
        tag=TAG,
        summary="Join a workspace",
        description=(
            "The link shows that the address is yours. Where it has an account, send that"
            " account's password; else the password makes the account. Then log in at"
            " `/auth/token/`."
        ),
        request={JSON: InvitationAccept},
        examples=(OpenApiExample("invitation", _ACCEPT, request_only=True),),
        responses={201: _MEMBER},
    )
    def post(self, request: Request) -> Response:
        """Join."""
        given: dict[str, Any] = InvitationAccept.read(request.data)
        person = accept_with_password(
            text=given["token"],
            password=given["password"],
            code=given.get("otp", ""),
            name=given.get("name", ""),
        )
        return Response(user_body(person), status=201)


def invitation_body(invitation: Invitation) -> dict[str, Any]:
    """Return an invitation as the API tells of it."""
    return dict(InvitationOut(invitation).data)
