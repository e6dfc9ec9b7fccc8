#!/usr/bin/env bash
# Sets a database up when there is none, then ends: for init containers. Called as docker-enforce-initdb.sh, it refuses one that exists.
set -Eeuo pipefail

# shellcheck source=docker-entrypoint.sh
source /usr/local/bin/docker-entrypoint.sh

if [ $# -eq 0 ] || [ "$1" != postgres ]; then set -- postgres "$@"; fi

read_environment
make_directories
if [ "$(id -u)" = 0 ]; then exec gosu postgres "$BASH_SOURCE" "$@"; fi

if [ "$database_exists" = false ]; then
    set_up "$@"
elif [ "$(basename "$0")" = docker-enforce-initdb.sh ]; then
    fail "(unexpected) PGDATA already contains a database: $PGDATA"
else
    printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
fi
