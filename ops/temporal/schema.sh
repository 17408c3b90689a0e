#!/bin/sh
# Brings both schemas of the engine to the version of this image. Safe to repeat: a version that is there
# already is left alone, a newer image adds what is missing. The connection comes from SQL_* variables.
set -eu

bring_up_to_date() {
    database=$1
    schema=$2
    temporal-sql-tool --database "$database" setup-schema --version 0.0
    temporal-sql-tool --database "$database" update-schema --schema-name "postgresql/v12/$schema"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
