"""An asset: a tenant's picture, page or font, of which marks are made."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import Q
from django.db.models.functions import Now

from documents.formats.asset_kinds import AssetFormat, AssetKind
from documents.models.blob import Blob
from documents.models.made import Made

if TYPE_CHECKING:
    from accounts.principal import Principal


class AssetQuerySet(models.QuerySet["Asset"]):
    """Assets, always seen by somebody."""

    def visible_to(self, principal: Principal) -> AssetQuerySet:
        """Return the assets of the principal's tenant that are not deleted."""
        return self.present_in(principal.tenant_id)

    def present_in(self, tenant_id: uuid.UUID) -> AssetQuerySet:
        """Return the tenant's assets that are not deleted."""
        return self.filter(tenant_id=tenant_id, deleted_at__isnull=True)


def _formats() -> Q:
    """Each format with what it is good for, and no other pair."""
    formats = Q()
    for each in AssetFormat:
        formats |= Q(format=each.value, kind=each.kind.value)
    return formats


class Asset(Made):
    """A file of which marks are made; it never changes.

    Once deleted nobody finds it any more. Its bytes stay until the last job that was asked for
    before has ended (documents/services/assets.py).
    """

    class Kind(models.TextChoices):
        """What it is good for."""

        IMAGE = AssetKind.IMAGE.value
        PDF = AssetKind.PDF.value
        FONT = AssetKind.FONT.value

    class Format(models.TextChoices):
        """What its file is, whatever its name says."""

        PNG = AssetFormat.PNG.value, "PNG"
        JPG = AssetFormat.JPG.value, "JPEG"
        PDF = AssetFormat.PDF.value, "PDF"
        TTF = AssetFormat.TTF.value, "TrueType"
        OTF = AssetFormat.OTF.value, "OpenType"

    # Grows with each new name, which is all that ever changes.
    version = models.PositiveIntegerField(default=1, db_default=1)
    name = models.CharField(max_length=255)
    file_name = models.CharField(max_length=255)
    kind = models.CharField(max_length=8, choices=Kind.choices)
    format = models.CharField(max_length=8, choices=Format.choices)
    # Of a picture pixels, of a page points.
    width = models.PositiveIntegerField(null=True, blank=True)
    height = models.PositiveIntegerField(null=True, blank=True)
    font_name = models.CharField(max_length=126, blank=True)
    # Tied by pairs with the tenant's id, in place of the constraints that Django would make.
    blob = models.OneToOneField(
        Blob, on_delete=models.PROTECT, null=True, related_name="asset", db_constraint=False
    )
    created_at = models.DateTimeField(db_default=Now())
    deleted_at = models.DateTimeField(null=True, blank=True)

    objects = AssetQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(
                fields=["tenant", "-created_at", "-id"],
                condition=Q(deleted_at__isnull=True),
                name="asset_by_tenant",
            ),
            models.Index(
                fields=["deleted_at"],
                condition=Q(deleted_at__isnull=False, blob__isnull=False),
                name="asset_to_purge",
            ),
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="asset_of_tenant"),
            models.CheckConstraint(
                condition=Q(blob__isnull=False) | Q(deleted_at__isnull=False),
                name="asset_has_bytes",
            ),
            models.CheckConstraint(condition=_formats(), name="asset_format_and_kind"),
        ]

    def __str__(self) -> str:
        return self.name

    @property
    def file_format(self) -> AssetFormat:
        """The format, with all that is known of it."""
        return AssetFormat(self.format)

    @property
    def download_name(self) -> str:
        """What it is called when somebody saves it: by a name that says what it is."""
        return self.file_format.named(self.file_name)
