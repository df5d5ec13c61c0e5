"""What there was before invoices, put into their order."""

from django.db import migrations

# Months that ended before there were invoices have been billed by other means.
BEFORE_INVOICES = """
UPDATE billing_quota SET closed_at = statement_timestamp()
WHERE ends_at <= statement_timestamp()
    AND documents_reserved = 0 AND pages_reserved = 0 AND bytes_reserved = 0;
UPDATE billing_quota quota SET currency = plan.currency
FROM billing_subscription subscription JOIN billing_plan plan ON plan.code = subscription.plan_id
WHERE subscription.tenant_id = quota.tenant_id AND quota.currency <> plan.currency;
"""
# Trials cost nothing: from now on they sell no further pages.
TRIALS = """
UPDATE billing_quota quota SET page_price = NULL FROM billing_subscription subscription
WHERE subscription.tenant_id = quota.tenant_id AND subscription.state = 'trialing'
    AND quota.ends_at > statement_timestamp();
UPDATE accounts_tenant tenant SET page_price = NULL, monthly_pages = CASE
    WHEN EXISTS (SELECT FROM billing_limitoverride override WHERE override.tenant_id = tenant.id
        AND override."limit" = 'monthly_pages' AND override.ended_at IS NULL)
    THEN tenant.monthly_pages ELSE tenant.included_pages END
FROM billing_subscription subscription
WHERE subscription.tenant_id = tenant.id AND subscription.state = 'trialing';
"""


class Migration(migrations.Migration):
    dependencies = [("billing", "0006_invoices")]

    operations = [
        migrations.RunSQL(BEFORE_INVOICES, migrations.RunSQL.noop),
        migrations.RunSQL(TRIALS, migrations.RunSQL.noop),
    ]
