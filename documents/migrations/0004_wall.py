"""Keep tenants apart in the database itself."""

from django.db import migrations

from config.database.operations import Wall


class Migration(migrations.Migration):
    dependencies = [("documents", "0003_nightly_check")]

    operations = [
        Wall("documents_blob"),
        Wall("documents_document"),
        Wall("documents_job"),
    ]
