#!/usr/bin/env bash
# The entry point of the lab's Postgres images. It keeps the documented contract of the official ones: POSTGRES_PASSWORD, _USER,
# _DB, _INITDB_ARGS (each also as ..._FILE), _INITDB_WALDIR, _HOST_AUTH_METHOD, PGDATA, /docker-entrypoint-initdb.d, any `user:`.
set -Eeuo pipefail

fail() { printf 'Error: %s\n' "$@" >&2; exit 1; }

is_sourced() { [ "${#FUNCNAME[@]}" -ge 2 ] && [ "${FUNCNAME[1]}" = source ]; }

# from_file NAME [DEFAULT]: exports NAME, taken from the file that NAME_FILE names when that is set.
from_file() {
    local name=$1 file_variable=${1}_FILE value=${2:-}
    if [ -n "${!name:-}" ] && [ -n "${!file_variable:-}" ]; then fail "both $name and $file_variable are set (but are exclusive)"; fi
    if [ -n "${!name:-}" ]; then value=${!name}; elif [ -n "${!file_variable:-}" ]; then value=$(<"${!file_variable}"); fi
    export "$name=$value"
    unset "$file_variable"
}

read_environment() {
    from_file POSTGRES_PASSWORD
    from_file POSTGRES_USER postgres
    from_file POSTGRES_DB "$POSTGRES_USER"
    from_file POSTGRES_INITDB_ARGS
    : "${POSTGRES_HOST_AUTH_METHOD:=}"
    if [ -s "$PGDATA/PG_VERSION" ]; then database_exists=true; else database_exists=false; fi
}

make_directories() {
    local user directory
    user=$(id -u)
    mkdir -p "$PGDATA"
    chmod 00700 "$PGDATA" || :
    mkdir -p /var/run/postgresql || :
    chmod 03775 /var/run/postgresql || :
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then mkdir -p "$POSTGRES_INITDB_WALDIR"; chmod 700 "$POSTGRES_INITDB_WALDIR"; fi
    [ "$user" = 0 ] || return 0
    for directory in "$PGDATA" /var/run/postgresql ${POSTGRES_INITDB_WALDIR:+"$POSTGRES_INITDB_WALDIR"}; do
        find "$directory" \! -user postgres -exec chown postgres '{}' +
    done
}

require_password() {
    [ -n "$POSTGRES_PASSWORD" ] || [ "$POSTGRES_HOST_AUTH_METHOD" = trust ] || fail \
        'Database is uninitialized and superuser password is not specified.' \
        '       You must specify POSTGRES_PASSWORD to a non-empty value for the superuser.' \
        '       You may also use "POSTGRES_HOST_AUTH_METHOD=trust" to allow all connections without a password: not recommended.'
    if [ "$POSTGRES_HOST_AUTH_METHOD" = trust ]; then
        echo 'WARNING: POSTGRES_HOST_AUTH_METHOD has been set to "trust": anyone who reaches the port is let in as anyone' >&2
    fi
}

# initdb wants a name for its user, which an arbitrary `user:` has not.
pretend_user() {
    getent passwd "$(id -u)" >/dev/null && return
    local wrapper
    for wrapper in /usr/lib/*/libnss_wrapper.so /usr/lib/libnss_wrapper.so; do
        [ -s "$wrapper" ] || continue
        NSS_WRAPPER_PASSWD=$(mktemp) NSS_WRAPPER_GROUP=$(mktemp)
        export LD_PRELOAD=$wrapper NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
        echo "postgres:x:$(id -u):$(id -g):PostgreSQL:$PGDATA:/bin/false" >"$NSS_WRAPPER_PASSWD"
        echo "postgres:x:$(id -g):" >"$NSS_WRAPPER_GROUP"
        return
    done
}

forget_user() {
    case ${LD_PRELOAD:-} in
    */libnss_wrapper.so)
        rm -f "$NSS_WRAPPER_PASSWD" "$NSS_WRAPPER_GROUP"
        unset LD_PRELOAD NSS_WRAPPER_PASSWD NSS_WRAPPER_GROUP
        ;;
    esac
}

make_cluster() {
    local waldir=()
    pretend_user
    if [ -n "${POSTGRES_INITDB_WALDIR:-}" ]; then waldir=(--waldir "$POSTGRES_INITDB_WALDIR"); fi
    # The arguments are one string of shell words.
    eval 'initdb --username="$POSTGRES_USER" --pwfile=<(printf "%s\n" "$POSTGRES_PASSWORD") "${waldir[@]}" '"$POSTGRES_INITDB_ARGS"' "$@"'
    forget_user
}

# allow_hosts [postgres ARGS]: connections from elsewhere, by the method asked for or the one that passwords are stored for.
allow_hosts() {
    if [ "${1:-}" = postgres ]; then shift; fi
    local method
    method=$(postgres -C password_encryption "$@")
    printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-$method}" >>"$PGDATA/pg_hba.conf"
}

start_alone() {
    if [ "${1:-}" = postgres ]; then shift; fi
    # Reachable by the socket only: nobody takes a server for ready that is being set up.
    set -- "$@" -c listen_addresses='' -p "${PGPORT:-5432}"
    NOTIFY_SOCKET='' PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -o "$(printf '%q ' "$@")" -w start
}

stop_alone() { PGUSER="${PGUSER:-$POSTGRES_USER}" pg_ctl -D "$PGDATA" -m fast -w stop; }

run_sql() {
    local options=(-v ON_ERROR_STOP=1 --username "$POSTGRES_USER" --no-password --no-psqlrc)
    if [ -n "$POSTGRES_DB" ]; then options+=(--dbname "$POSTGRES_DB"); fi
    PGHOST='' PGHOSTADDR='' psql "${options[@]}" "$@"
}

make_database() {
    [ "$POSTGRES_DB" != postgres ] || return 0
    local exists
    exists=$(POSTGRES_DB='' run_sql --dbname postgres --set db="$POSTGRES_DB" --tuples-only \
        <<<"SELECT 1 FROM pg_database WHERE datname = :'db';")
    if [ -z "$exists" ]; then
        POSTGRES_DB='' run_sql --dbname postgres --set db="$POSTGRES_DB" <<<'CREATE DATABASE :"db";'
        printf '\n'
    fi
}

run_init_files() {
    local file
    printf '\n'
    for file; do
        case $file in
        *.sh)
            printf '%s: running %s\n' "$0" "$file"
            # shellcheck disable=SC1090
            if [ -x "$file" ]; then "$file"; else . "$file"; fi
            ;;
        *.sql) printf '%s: running %s\n' "$0" "$file"; run_sql -f "$file"; printf '\n' ;;
        *.sql.gz) printf '%s: running %s\n' "$0" "$file"; gunzip -c "$file" | run_sql; printf '\n' ;;
        *.sql.xz) printf '%s: running %s\n' "$0" "$file"; xzcat "$file" | run_sql; printf '\n' ;;
        *.sql.zst) printf '%s: running %s\n' "$0" "$file"; zstd -dc "$file" | run_sql; printf '\n' ;;
        *) printf '%s: ignoring %s\n' "$0" "$file" ;;
        esac
        printf '\n'
    done
}

# set_up [postgres ARGS]: makes the cluster, the database, and what the init files make.
set_up() {
    require_password
    refuse_old_places
    # Fail before anything is made when the directory cannot be listed.
    ls /docker-entrypoint-initdb.d/ >/dev/null
    make_cluster
    allow_hosts "$@"
    export PGPASSWORD="${PGPASSWORD:-$POSTGRES_PASSWORD}"
    start_alone "$@"
    make_database
    run_init_files /docker-entrypoint-initdb.d/*
    stop_alone
    unset PGPASSWORD
    printf '\nPostgreSQL init process complete; ready for start up.\n\n'
}

# Since 18 the volume is a level higher: data at an old place means that somebody's data would be passed over. One who names PGDATA is
# taken to know where the data is.
refuse_old_places() {
    [ "$PGDATA" = "/var/lib/postgresql/$PG_MAJOR/docker" ] || return 0
    local place found=()
    for place in /var/lib/postgresql /var/lib/postgresql/data /var/lib/postgresql/*/docker; do
        if [ -s "$place/PG_VERSION" ]; then found+=("$place"); fi
    done
    if [ "${#found[@]}" = 0 ] && mountpoint -q /var/lib/postgresql/data; then
        found=('/var/lib/postgresql/data (unused mount/volume)')
    fi
    [ "${#found[@]}" = 0 ] || fail \
        'in 18+, these Docker images are configured to store database data in a format which is compatible with "pg_ctlcluster".' \
        '       Counter to that, there appears to be PostgreSQL data in:' \
        "         ${found[*]}"
}

wants_help() {
    local argument
    for argument; do
        case $argument in -'?' | --help | --describe-config | -V | --version) return 0 ;; esac
    done
    return 1
}

main() {
    if [ "${1:0:1}" = - ]; then set -- postgres "$@"; fi
    if [ "${1:-}" = postgres ] && ! wants_help "$@"; then
        read_environment
        make_directories
        if [ "$(id -u)" = 0 ]; then exec gosu postgres "$BASH_SOURCE" "$@"; fi
        if [ "$database_exists" = true ]; then
            printf '\nPostgreSQL Database directory appears to contain a database; Skipping initialization\n\n'
        else
            set_up "$@"
        fi
    fi
    exec "$@"
}

is_sourced || main "$@"
