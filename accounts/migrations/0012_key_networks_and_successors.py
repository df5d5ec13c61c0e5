"""Keys good from some networks only, and keys that take another's place."""

import django.contrib.postgres.fields
import django.db.models.deletion
from django.db import migrations, models

from config.database.operations import SameTenant


class Migration(migrations.Migration):
    dependencies = [("accounts", "0011_rates")]

    operations = [
        migrations.AddField(
            model_name="apikey",
            name="allowed_networks",
            field=django.contrib.postgres.fields.ArrayField(
                base_field=models.CharField(max_length=43), blank=True, default=list, size=None
            ),
        ),
        migrations.AddField(
            model_name="apikey",
            name="replaced_by",
            field=models.OneToOneField(
                blank=True,
                db_constraint=False,
                editable=False,
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="replaces",
                to="accounts.apikey",
            ),
        ),
        SameTenant("accounts_apikey", "replaced_by_id", "accounts_apikey"),
    ]
