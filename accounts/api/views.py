"""Operations of this room."""

from __future__ import annotations

from typing import Any, ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from accounts.api.serializers import WhoAmI
from accounts.queries import describe_principal


class WhoAmIView(APIView):
    """Who the caller is."""

    required_scopes: ClassVar[dict[str, tuple[str, ...]]] = {"GET": ()}

    @extend_schema(
        operation_id="getWhoAmI",
        tags=["Auth"],
        summary="Who am I?",
        description="Tells which tenant, person or key, and scopes a credential stands for.",
        responses=WhoAmI,
    )
    def get(self, request: Request, *args: Any, **kwargs: Any) -> Response:
        """Return the principal with names."""
        return Response(WhoAmI(describe_principal(request.auth)).data)
