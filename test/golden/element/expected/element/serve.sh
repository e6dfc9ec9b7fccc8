#!/bin/sh
# Serves Element Web with at most so many connections: serve.sh CONNECTIONS.
#
# Compresses what browsers load, once, beside nginx, which serves files as they are until then.
# nginx itself would compress each answer again: for a client that does not take its answer, half a megabyte of memory
# each, and a processor.

plain=/app
compressed=/compressed

compress() {
    cd "$plain" || return
    find . -type f '(' -name '*.js' -o -name '*.css' -o -name '*.wasm' -o -name '*.json' -o -name '*.svg' -o -name '*.html' ')' |
        while read -r file; do
            part="$compressed/part"
            target="$compressed/$file.gz"
            # Where no space is left, the file stays as it is. The time becomes Last-Modified.
            if gzip -c "$file" >"$part" && touch -r "$file" "$part" && mkdir -p "${target%/*}"; then
                mv "$part" "$target"
            else
                rm -f "$part"
            fi
        done
}

echo "events { worker_connections $1; }" >/tmp/events.conf
compress &
exec nginx -e stderr -c /conf/nginx.conf
