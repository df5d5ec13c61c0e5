"""The version of a workspace's settings, which grows whoever changes them."""

from django.db import migrations, models

# Billing, staff and the workspace's own people write these columns, in rows and in bulk. What is
# shown under one version is always the same, so whoever saves a stale row cannot turn it back.
VERSION = """
CREATE FUNCTION tenant_settings_version() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
    NEW.settings_version := OLD.settings_version;
    IF (NEW.name, NEW.slug, NEW.retention_days, NEW.max_retention_days,
            NEW.default_watermark, NEW.monthly_spend_cap)
        IS DISTINCT FROM (OLD.name, OLD.slug, OLD.retention_days, OLD.max_retention_days,
            OLD.default_watermark, OLD.monthly_spend_cap) THEN
        NEW.settings_version := OLD.settings_version + 1;
    END IF;
    RETURN NEW;
END $$;
CREATE TRIGGER tenant_settings_versioned BEFORE UPDATE ON accounts_tenant
FOR EACH ROW EXECUTE FUNCTION tenant_settings_version();
"""
UNVERSIONED = """
DROP TRIGGER tenant_settings_versioned ON accounts_tenant;
DROP FUNCTION tenant_settings_version();
"""


class Migration(migrations.Migration):
    dependencies = [("accounts", "0016_plans")]

    operations = [
        migrations.AddField(
            model_name="tenant",
            name="settings_version",
            field=models.PositiveIntegerField(
                db_default=1,
                default=1,
                editable=False,
                help_text="Grows with each change of what the workspace's people set.",
            ),
        ),
        migrations.AlterField(
            model_name="tenant",
            name="default_watermark",
            field=models.JSONField(
                blank=True,
                default=dict,
                help_text="Fields of a mark, for what requests leave out.",
            ),
        ),
        migrations.RunSQL(VERSION, UNVERSIONED),
    ]
