#!/bin/sh
# Two roles, neither a superuser: the owner of the tables, who migrates, and the service's own, which
# row-level security binds and which cannot lift it.
# Run once, by the image, when the database directory is new.
set -eu
psql --no-psqlrc --set ON_ERROR_STOP=1 --username postgres --dbname postgres \
    --set password="$DATABASE_PASSWORD" --set owner_password="$DATABASE_OWNER_PASSWORD" <<'SQL'
CREATE ROLE countermark LOGIN PASSWORD :'password';
CREATE ROLE countermark_owner LOGIN PASSWORD :'owner_password';
CREATE DATABASE countermark OWNER countermark_owner;
SQL
