"""What a document is, and what its marked copy will be."""

from django.conf import settings
from django.db import migrations, models


class Migration(migrations.Migration):
    dependencies = [
        ("accounts", "0011_rates"),
        ("documents", "0006_presets"),
        migrations.swappable_dependency(settings.AUTH_USER_MODEL),
    ]

    operations = [
        migrations.AddField(
            model_name="document",
            name="format",
            field=models.CharField(
                choices=[
                    ("pdf", "PDF"),
                    ("docx", "Word document"),
                    ("txt", "Text"),
                    ("png", "PNG picture"),
                    ("jpg", "JPEG picture"),
                ],
                db_default="pdf",
                default="pdf",
                max_length=8,
            ),
        ),
        migrations.AddField(
            model_name="job",
            name="output_format",
            field=models.CharField(db_default="pdf", default="pdf", max_length=8),
        ),
        migrations.AddConstraint(
            model_name="document",
            constraint=models.CheckConstraint(
                condition=models.Q(
                    models.Q(("content_type", "application/pdf"), ("format", "pdf")),
                    models.Q(
                        (
                            "content_type",
                            "application/vnd.openxmlformats-officedocument.wordprocessingml.document",
                        ),
                        ("format", "docx"),
                    ),
                    models.Q(("content_type", "text/plain; charset=utf-8"), ("format", "txt")),
                    models.Q(("content_type", "image/png"), ("format", "png")),
                    models.Q(("content_type", "image/jpeg"), ("format", "jpg")),
                    _connector="OR",
                ),
                name="document_format_and_type",
            ),
        ),
        migrations.AddConstraint(
            model_name="job",
            constraint=models.CheckConstraint(
                condition=models.Q(("output_format__in", ["pdf", "docx"])),
                name="job_output_format_known",
            ),
        ),
    ]
