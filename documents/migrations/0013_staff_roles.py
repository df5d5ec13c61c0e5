"""Three roles of staff, as groups: what each may see and do in the admin."""

from django.db import migrations

# Of each room's models: what is seen.
_PEOPLE = "accounts: tenant user membership auditentry"
_MONEY = (
    "billing: plan subscription quota usagerecord usagealert keybudget limitoverride"
    " invoice invoicemail term billingdetails"
    " provideraccount providerevent meterreport providerprice"
)
_WORK = "documents: document job batch blob"
_ACCESS = (
    "accounts: apikey tokengrant supportsession outboxevent webhookendpoint webhookdelivery,"
    "mfa: authenticator, usersessions: usersession"
)
_MACHINES = "accounts: pulse, documents: nightlycheck storageday"

# Nobody here may change people or what they are allowed: who sets a password can be that person.
# That, and groups, is for superusers.
ROLES = {
    "support": {
        "view": f"{_PEOPLE}, {_ACCESS}, {_WORK}, {_MONEY}",
        "change": "accounts: apikey tokengrant webhookendpoint webhookdelivery, documents: job batch",
        "delete": "mfa: authenticator",
        "enter": "accounts: tenant",
    },
    "billing": {
        "view": f"{_PEOPLE}, {_MONEY}",
        "add": "billing: subscription limitoverride usagerecord",
        "change": "billing: plan subscription limitoverride invoice"
        " provideraccount providerevent meterreport providerprice",
        "suspend": "accounts: tenant",
    },
    "operations": {
        "view": f"{_PEOPLE}, {_ACCESS}, {_WORK}, {_MONEY}, {_MACHINES}",
        "add": "billing: limitoverride",
        "change": "accounts: tenant apikey tokengrant supportsession webhookendpoint webhookdelivery,"
        " documents: job batch, billing: limitoverride",
        "suspend": "accounts: tenant",
        "enter": "accounts: tenant",
        "act_in": "accounts: tenant",
    },
}
# As the models say them (Tenant.Meta.permissions).
NAMES = {
    "suspend_tenant": "Can suspend and resume tenants",
    "enter_tenant": "Can look at a tenant's pages in a support session",
    "act_in_tenant": "Can change a tenant's things in a support session",
}


def models_in(text):
    """Yield (room, model) of ``room: model model, room: model``."""
    for part in text.split(","):
        room, _, models = part.partition(":")
        for model in models.split():
            yield room.strip(), model


def make_roles(apps, schema_editor=None):
    """Make the groups, with permissions that Django would make only after all migrations."""
    group_model = apps.get_model("auth", "Group")
    for role, may in ROLES.items():
        group, _ = group_model.objects.get_or_create(name=role)
        for verb, models in may.items():
            for room, model in models_in(models):
                group.permissions.add(_permission(apps, verb, room, model))


def _permission(apps, verb, room, model):
    kind, _ = apps.get_model("contenttypes", "ContentType").objects.get_or_create(
        app_label=room, model=model
    )
    codename = f"{verb}_{model}"
    called = apps.get_model(room, model)._meta.verbose_name
    name = NAMES.get(codename, f"Can {verb} {called}")
    permission, _ = apps.get_model("auth", "Permission").objects.get_or_create(
        content_type=kind, codename=codename, defaults={"name": name}
    )
    return permission


def drop_roles(apps, schema_editor):
    """Take the groups away; the permissions are their models'."""
    apps.get_model("auth", "Group").objects.filter(name__in=ROLES).delete()


class Migration(migrations.Migration):
    dependencies = [
        ("documents", "0012_storage_days"),
        ("accounts", "0020_support_sessions"),
        ("billing", "0009_providers"),
        ("auth", "0012_alter_user_first_name_max_length"),
        ("contenttypes", "0002_remove_content_type_name"),
        ("mfa", "0003_authenticator_type_uniq"),
        ("usersessions", "0001_initial"),
    ]

    operations = [migrations.RunPython(make_roles, drop_roles)]
