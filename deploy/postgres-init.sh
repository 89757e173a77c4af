#!/bin/sh
# Runs once, when PostgreSQL makes its data folder: a role of its own for Crisis Room that is no superuser.
set -eu
psql -v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --dbname postgres \
    -v password="$(cat /run/secrets/database_password)" <<'END'
CREATE ROLE crisisroom LOGIN PASSWORD :'password' NOSUPERUSER NOCREATEDB NOCREATEROLE NOREPLICATION;
CREATE DATABASE crisisroom OWNER crisisroom ENCODING 'UTF8' TEMPLATE template0;
REVOKE ALL ON DATABASE crisisroom FROM PUBLIC;
END
