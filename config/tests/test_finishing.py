"""The OpenAPI document's last steps."""

from __future__ import annotations

from config.tests.conformance import operations


def test_a_body_must_be_there_where_each_of_its_shapes_asks_for_something() -> None:
    required = {
        operation["operationId"]
        for _, _, operation in operations()
        if operation.get("requestBody", {}).get("required")
    }
    assert {"uploadDocument", "createTokens", "watermarkUpload", "signUp"} <= required
    assert not {"updateOrganization", "openBatch", "validateWatermark"} & required
