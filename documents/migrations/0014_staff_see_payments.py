"""Payments, for the roles of staff: all see them, who bills records them."""

from importlib import import_module

from django.db import migrations

before = import_module("documents.migrations.0013_staff_roles")
MAY = {"support": ("view",), "billing": ("view", "add"), "operations": ("view",)}


def let_payments_be_seen(apps, schema_editor=None):
    """Add the permissions to the groups."""
    for group in apps.get_model("auth", "Group").objects.filter(name__in=MAY):
        for verb in MAY[group.name]:
            group.permissions.add(before._permission(apps, verb, "billing", "payment"))


class Migration(migrations.Migration):
    dependencies = [("documents", "0013_staff_roles"), ("billing", "0010_payments")]

    operations = [migrations.RunPython(let_payments_be_seen, migrations.RunPython.noop)]
