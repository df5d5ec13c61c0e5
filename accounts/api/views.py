"""Operations of this room."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import OpenApiResponse
from rest_framework.request import Request
from rest_framework.response import Response

from accounts.api.serializers import WhoAmI
from accounts.queries import describe_principal
from config.api.endpoints import Endpoint
from config.api.schema import operation


class WhoAmIView(Endpoint):
    """Who the caller is."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ()}

    @operation(
        "getWhoAmI",
        tag="Auth",
        summary="Who am I?",
        description="Tells which workspace, person or key, and scopes a credential stands for.",
        responses={200: OpenApiResponse(WhoAmI, "Who it is.")},
    )
    def get(self, request: Request) -> Response:
        """Return the principal with names."""
        return Response(describe_principal(self.principal))
