"""Keep tenants apart in the database itself."""

from django.db import migrations

from config.database.operations import Wall


class Migration(migrations.Migration):
    dependencies = [("billing", "0002_quota")]

    operations = [
        Wall("billing_usagerecord"),
        Wall("billing_quota"),
        Wall("billing_reservation"),
    ]
