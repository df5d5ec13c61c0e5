"""How this product uses PostgreSQL: what ties rows to their tenant, and what walls them off."""
