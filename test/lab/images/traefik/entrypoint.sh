#!/bin/sh
# Options, and the names of Traefik's own commands, go to Traefik; anything else is run as it is.
set -e

if [ "${1#-}" != "$1" ]; then
    set -- traefik "$@"
elif [ "$1" != traefik ] && traefik "$1" --help >/dev/null 2>&1; then
    set -- traefik "$@"
fi

exec "$@"
