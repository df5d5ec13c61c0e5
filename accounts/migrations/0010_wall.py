"""Keep tenants apart in the database itself."""

from django.db import migrations

from config.database.operations import Wall


class Migration(migrations.Migration):
    dependencies = [("accounts", "0009_token_grants")]

    operations = [
        Wall("accounts_tenant", "id"),
        Wall("accounts_apikey"),
        Wall("accounts_membership"),
        Wall("accounts_tokengrant"),
        Wall("accounts_keptoutcome"),
        Wall("accounts_auditentry"),
        Wall("accounts_auditchain", "id"),
        Wall("accounts_outboxevent"),
    ]
