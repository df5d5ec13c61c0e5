"""Finding the batches that nobody has started."""

from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [("documents", "0010_assets")]

    operations = [
        migrations.AddIndex(
            model_name="batch",
            index=models.Index(
                condition=models.Q(("state", "open")), fields=["created_at"], name="batch_open"
            ),
        ),
    ]
