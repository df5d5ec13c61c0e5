"""Invoices and credit notes: issued once, never changed."""

from __future__ import annotations

import uuid
from typing import TYPE_CHECKING

from django.db import models
from django.db.models import F, Q

from accounts.models import Tenant
from billing.models.quota import Quota
from billing.models.term import Term

if TYPE_CHECKING:
    from accounts.principal import Principal


class InvoiceCounter(models.Model):
    """The last number of one series in one year.

    Locked, with its series, from the taking of a number to the commit, so that an issue that fails
    takes none: the numbers of a series have no gap (Directive 2006/112/EC, article 226 (2), asks
    for a sequential number; some member states and most auditors for one without gaps).
    """

    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    last = models.PositiveIntegerField()

    class Meta:
        ordering = ("series", "year")
        constraints = [
            models.UniqueConstraint(fields=["series", "year"], name="invoice_counter_once")
        ]

    def __str__(self) -> str:
        return f"{self.series} {self.year}: {self.last}"


class InvoiceQuerySet(models.QuerySet["Invoice"]):
    """Invoices, always seen by somebody."""

    def visible_to(self, principal: Principal) -> InvoiceQuerySet:
        """Return the invoices and credit notes of the principal's tenant."""
        return self.filter(tenant_id=principal.tenant_id)


class Invoice(models.Model):
    """An invoice, or a credit note that takes back a part of one. Amounts in minor units.

    No row is ever changed (migration ``invoices``): what comes later, such as a payment, has a
    table of its own that points here. Seller, buyer, tax and note stand as they were.

    ``turn_at``: the moment at which a month ended or a term began that this bills; there is one
    document of a kind for each. Empty in credit notes that staff have issued.
    ``tax_rate``: in basis points; 1,900 are 19 %.
    """

    class Kind(models.TextChoices):
        """Which document."""

        INVOICE = "invoice", "Invoice"
        CREDIT_NOTE = "credit_note", "Credit note"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    kind = models.CharField(max_length=12, choices=Kind.choices)
    series = models.CharField(max_length=12)
    year = models.PositiveSmallIntegerField()
    sequence = models.PositiveIntegerField()
    turn_at = models.DateTimeField(null=True, blank=True)
    currency = models.CharField(max_length=3)
    net = models.BigIntegerField()
    tax_name = models.CharField(max_length=20)
    tax_rate = models.PositiveIntegerField()
    tax = models.BigIntegerField()
    total = models.BigIntegerField()
    seller = models.JSONField()
    buyer = models.JSONField()
    note = models.TextField(blank=True)
    # Of a credit note: what it corrects, and why.
    credits = models.ForeignKey(
        "self",
        on_delete=models.PROTECT,
        null=True,
        blank=True,
        db_constraint=False,
        related_name="credit_notes",
    )
    reason = models.CharField(max_length=200, blank=True)
    due_on = models.DateField(null=True, blank=True)
    # The database's moment of issue.
    created_at = models.DateTimeField()

    objects = InvoiceQuerySet.as_manager()

    class Meta:
        ordering = ("-created_at", "-id")
        indexes = [
            models.Index(fields=["tenant", "-created_at", "-id"], name="invoice_newest_by_tenant")
        ]
        constraints = [
            models.UniqueConstraint(fields=["tenant", "id"], name="invoice_of_tenant"),
            models.UniqueConstraint(
                fields=["series", "year", "sequence"], name="invoice_number_once"
            ),
            models.UniqueConstraint(
                fields=["tenant", "turn_at", "kind", "currency"], name="invoice_once_a_turn"
            ),
            models.CheckConstraint(
                condition=Q(total=F("net") + F("tax")), name="invoice_total_is_sum"
            ),
            models.CheckConstraint(
                condition=Q(
                    kind="invoice",
                    total__gt=0,
                    credits__isnull=True,
                    turn_at__isnull=False,
                    due_on__isnull=False,
                )
                | (
                    Q(kind="credit_note", total__lt=0, credits__isnull=False, due_on__isnull=True)
                    & ~Q(reason="")
                ),
                name="invoice_or_credit_note",
            ),
        ]

    def __str__(self) -> str:
        return self.number

    @property
    def number(self) -> str:
        """What people call it: ``INV-2026-000001``."""
        return f"{self.series}-{self.year}-{self.sequence:06d}"


class InvoiceLine(models.Model):
    """One thing that is charged for, or taken back; ``amount`` in minor units, without tax.

    ``unit_price`` is for a term, or for a thousand pages; ``quantity`` counts terms or pages.
    """

    class Kind(models.TextChoices):
        """What is charged for."""

        PLAN = "plan", "Plan"
        PAGES = "pages", "Further pages"
        CREDIT = "credit", "Taken back"

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.PROTECT, related_name="+")
    invoice = models.ForeignKey(
        Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="lines"
    )
    position = models.PositiveSmallIntegerField()
    kind = models.CharField(max_length=8, choices=Kind.choices)
    text = models.CharField(max_length=300)
    quantity = models.BigIntegerField()
    unit_price = models.BigIntegerField()
    amount = models.BigIntegerField()
    starts_at = models.DateTimeField(null=True, blank=True)
    ends_at = models.DateTimeField(null=True, blank=True)
    quota = models.ForeignKey(
        Quota, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+"
    )
    term = models.ForeignKey(
        Term, on_delete=models.PROTECT, null=True, db_constraint=False, related_name="+"
    )

    class Meta:
        ordering = ("invoice_id", "position")
        constraints = [
            models.UniqueConstraint(fields=["invoice", "position"], name="invoice_line_once"),
            # Nothing is charged for, or taken back by itself, twice.
            models.UniqueConstraint(
                fields=["quota"], condition=Q(kind="pages"), name="invoice_line_once_a_month"
            ),
            models.UniqueConstraint(fields=["term", "kind"], name="invoice_line_once_a_term"),
        ]

    def __str__(self) -> str:
        return self.text


class InvoiceMail(models.Model):
    """That an invoice is to be mailed, and was."""

    id = models.UUIDField(primary_key=True, default=uuid.uuid4, editable=False)
    tenant = models.ForeignKey(Tenant, on_delete=models.CASCADE, related_name="+")
    invoice = models.OneToOneField(
        Invoice, on_delete=models.PROTECT, db_constraint=False, related_name="mail"
    )
    mail_after = models.DateTimeField()
    mailed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        ordering = ("mail_after", "id")
        indexes = [
            models.Index(
                fields=["mail_after"],
                condition=Q(mailed_at__isnull=True),
                name="invoice_mail_unsent",
            )
        ]

    def __str__(self) -> str:
        return f"{self.invoice_id}: {self.mailed_at or 'unsent'}"
