#!/bin/sh
# Runs once, on an empty volume: one role and its databases for the engine, one for the product, so that
# neither can read the other's.
set -eu

psql --set=ON_ERROR_STOP=1 --username="$POSTGRES_USER" --dbname=postgres \
    --set=temporal_password="$TEMPORAL_DB_PASSWORD" \
    --set=product_password="$MON_ESPACE_DB_PASSWORD" <<'SQL'
CREATE ROLE temporal LOGIN PASSWORD :'temporal_password';
CREATE ROLE mon_espace LOGIN PASSWORD :'product_password';
CREATE DATABASE temporal OWNER temporal ENCODING 'UTF8';
CREATE DATABASE temporal_visibility OWNER temporal ENCODING 'UTF8';
CREATE DATABASE mon_espace OWNER mon_espace ENCODING 'UTF8';
REVOKE CONNECT, TEMPORARY ON DATABASE temporal, temporal_visibility, mon_espace FROM PUBLIC;
SQL
