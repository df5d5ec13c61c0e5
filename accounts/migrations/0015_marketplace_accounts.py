"""Customers of a marketplace, and which tenant is theirs."""

import django.db.models.deletion
from django.db import migrations, models

from config.database.operations import SameTenant, Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0014_webhooks"),
    ]

    operations = [
        migrations.CreateModel(
            name="MarketplaceAccount",
            fields=[
                (
                    "id",
                    models.BigAutoField(
                        auto_created=True, primary_key=True, serialize=False, verbose_name="ID"
                    ),
                ),
                ("user_name", models.CharField(max_length=120, unique=True)),
                ("subscription", models.CharField(blank=True, max_length=32)),
                ("created_at", models.DateTimeField(auto_now_add=True)),
                ("subscribed_at", models.DateTimeField(auto_now_add=True)),
                (
                    "api_key",
                    models.ForeignKey(
                        db_constraint=False,
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.apikey",
                    ),
                ),
                (
                    "tenant",
                    models.ForeignKey(
                        on_delete=django.db.models.deletion.CASCADE,
                        related_name="+",
                        to="accounts.tenant",
                    ),
                ),
            ],
            options={
                "ordering": ("-created_at", "id"),
            },
        ),
        SameTenant("accounts_marketplaceaccount", "api_key_id", "accounts_apikey"),
        Wall("accounts_marketplaceaccount"),
    ]
