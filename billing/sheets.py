"""What stands on an invoice or credit note, word by word, wherever it is shown."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from django.contrib.humanize.templatetags.humanize import intcomma

from billing.models import Invoice, InvoiceLine
from billing.money import percent, written
from billing.services.spending import PRICED_PAGES


@dataclass(frozen=True, slots=True)
class Row:
    """One line: what for, when, how much of it, at which price."""

    text: str
    period: str
    quantity: str
    unit_price: str
    amount: str


@dataclass(frozen=True, slots=True)
class Sheet:
    """The words of a document, in the order of reading."""

    title: str
    number: str
    seller: Sequence[str]
    buyer: Sequence[str]
    facts: Sequence[tuple[str, str]]
    rows: Sequence[Row]
    sums: Sequence[tuple[str, str]]
    note: Sequence[str]
    foot: str


def sheet_of(invoice: Invoice) -> Sheet:
    """Return the words of a document; reads its lines, and of a credit note the invoice."""
    lines = list(invoice.lines.all())
    return Sheet(
        title=invoice.get_kind_display(),
        number=invoice.number,
        seller=party_lines(invoice.seller),
        buyer=party_lines(invoice.buyer),
        facts=_facts(invoice, lines),
        rows=[_row(line, invoice.currency) for line in lines],
        sums=_sums(invoice),
        note=invoice.note.splitlines(),
        foot=" · ".join(filter(None, (invoice.seller["name"], invoice.seller["tax_id"]))),
    )


def day(moment: datetime | date) -> str:
    """Return a day (UTC) as it stands on documents: ``1 December 2026``."""
    if isinstance(moment, datetime):
        moment = moment.astimezone(UTC).date()
    return f"{moment:%-d %B %Y}"


def period(starts_at: datetime | None, ends_at: datetime | None) -> str:
    """Return the days of a span, both included: ``1 – 30 June 2027``; nothing for no span."""
    if starts_at is None or ends_at is None:
        return ""
    first = starts_at.astimezone(UTC).date()
    # A span that ends in the middle of a day has that day; one that ends at midnight has not.
    last = max(first, (ends_at - timedelta(microseconds=1)).astimezone(UTC).date())
    if first == last:
        return day(first)
    if first.year != last.year:
        return f"{day(first)} – {day(last)}"
    if first.month != last.month:
        return f"{first:%-d %B} – {day(last)}"
    return f"{first.day} – {day(last)}"


def party_lines(party: dict[str, str]) -> list[str]:
    """Return who somebody is; the name stands first."""
    lines = [party["name"], *party["address"].splitlines()]
    tax_id = party["tax_id"]
    return [line for line in (*lines, tax_id and f"Tax no. {tax_id}", party["email"]) if line]


def _facts(invoice: Invoice, lines: Sequence[InvoiceLine]) -> list[tuple[str, str]]:
    facts = [("Number", invoice.number), ("Date", day(invoice.created_at))]
    if invoice.due_on:
        facts.append(("Due", day(invoice.due_on)))
    starts = [line.starts_at for line in lines if line.starts_at]
    ends = [line.ends_at for line in lines if line.ends_at]
    if starts and ends:
        facts.append(("Period", period(min(starts), max(ends))))
    if invoice.credits:
        facts.append(("Corrects", f"{invoice.credits} of {day(invoice.credits.created_at)}"))
        facts.append(("Reason", invoice.reason))
    return facts


def _row(line: InvoiceLine, currency: str) -> Row:
    price = written(line.unit_price, currency)
    # Of a credit note too: what it takes back may have been pages.
    is_by_pages = line.kind == InvoiceLine.Kind.PAGES or abs(line.quantity) != 1
    return Row(
        text=line.text,
        period=period(line.starts_at, line.ends_at),
        quantity=intcomma(line.quantity).replace("-", "−"),
        unit_price=f"{price} / {PRICED_PAGES:,}" if is_by_pages else price,
        amount=written(line.amount, currency),
    )


def _sums(invoice: Invoice) -> list[tuple[str, str]]:
    currency = invoice.currency
    return [
        ("Net", written(invoice.net, currency)),
        (f"{invoice.tax_name} {percent(invoice.tax_rate)}", written(invoice.tax, currency)),
        ("Total", written(invoice.total, currency)),
    ]
