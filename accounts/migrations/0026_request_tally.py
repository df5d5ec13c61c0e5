"""Lines are numbered for each tenant, so that there are no more of them than are kept."""

import django.db.models.deletion
from django.db import migrations, models

from config.database.operations import Wall


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0025_email_change_digest"),
    ]

    operations = [
        # A help for people, forgotten after days anyway: it begins anew instead of being numbered.
        migrations.RunSQL("TRUNCATE accounts_loggedrequest", migrations.RunSQL.noop),
        migrations.CreateModel(
            name="RequestTally",
            fields=[
                (
                    "tenant",
                    models.OneToOneField(
                        on_delete=django.db.models.deletion.CASCADE,
                        primary_key=True,
                        related_name="request_tally",
                        serialize=False,
                        to="accounts.tenant",
                    ),
                ),
                ("last_number", models.PositiveBigIntegerField(default=0)),
                ("minute", models.DateTimeField()),
                ("went_well", models.PositiveIntegerField(default=0)),
                ("went_wrong", models.PositiveIntegerField(default=0)),
            ],
        ),
        Wall("accounts_requesttally"),
        migrations.AlterModelOptions(name="loggedrequest", options={"ordering": ("-number",)}),
        migrations.RemoveIndex(model_name="loggedrequest", name="request_of_tenant"),
        migrations.RemoveIndex(model_name="loggedrequest", name="request_by_key"),
        migrations.RemoveIndex(model_name="loggedrequest", name="request_refused"),
        migrations.AddField(
            model_name="loggedrequest",
            name="number",
            field=models.PositiveBigIntegerField(default=0),
            preserve_default=False,
        ),
        migrations.AddField(
            model_name="loggedrequest",
            name="times",
            field=models.PositiveIntegerField(default=1),
        ),
        migrations.AlterField(
            model_name="loggedrequest",
            name="path",
            field=models.CharField(max_length=200),
        ),
        migrations.AddConstraint(
            model_name="loggedrequest",
            constraint=models.UniqueConstraint(
                fields=("tenant", "number"), name="request_numbered"
            ),
        ),
    ]
