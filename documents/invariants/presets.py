"""Of presets: usable, and told apart."""

from __future__ import annotations

from collections.abc import Iterator

from config.errors import Invalid
from config.invariants import Breach, Invariant, Look, by_query
from documents.models import Preset
from documents.services.specs import checked_part


def _unusable(_: Look) -> Iterator[Breach]:
    for preset in Preset.objects.order_by("pk").iterator(chunk_size=1000):
        try:
            checked_part(preset.config)
        except Invalid as error:
            fields = ", ".join(".".join(problem["loc"]) for problem in error.problems)
            yield Breach(f"preset:{preset.pk}", f"its fields {fields} are not valid")


INVARIANTS = [
    Invariant("preset_usable", "What presets keep is valid as the schema is now.", _unusable),
    by_query(
        "preset_told_apart",
        "Of a tenant's presets one at most is the default, and no two have the same name.",
        """
        SELECT 'tenant:' || tenant_id, count(*) || ' default presets'
        FROM documents_preset WHERE is_default GROUP BY tenant_id HAVING count(*) > 1
        UNION ALL
        SELECT 'preset:' || min(id::text), count(*) || ' presets called ' || lower(name)
        FROM documents_preset GROUP BY tenant_id, lower(name) HAVING count(*) > 1
        """,
    ),
]
