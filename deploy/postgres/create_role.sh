#!/bin/sh
# The service's own role is no superuser: row-level security binds it.
# Run once, by the image, when the database directory is new.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set password="$DATABASE_PASSWORD" <<'SQL'
CREATE ROLE countermark LOGIN PASSWORD :'password';
CREATE DATABASE countermark OWNER countermark;
SQL
