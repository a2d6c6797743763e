#!/bin/sh
# Creates Temporal's two databases and brings their schemas to this image's version. Safe to run again: an existing
# database is left as it is, setup-schema does not touch a version above 0.0, update-schema applies what is missing.
# The connection comes from SQL_PLUGIN, SQL_HOST, SQL_PORT, SQL_USER and SQL_PASSWORD.
set -eu

schemas=/etc/temporal/schema/postgresql/v12

bring_up_to_date() {
    temporal-sql-tool --plugin "$SQL_PLUGIN" --db "$1" create
    temporal-sql-tool --plugin "$SQL_PLUGIN" --db "$1" setup-schema -v 0.0
    temporal-sql-tool --plugin "$SQL_PLUGIN" --db "$1" update-schema -d "$schemas/$2/versioned"
}

bring_up_to_date temporal temporal
bring_up_to_date temporal_visibility visibility
