#!/bin/sh
# Serves Element Web: serve.sh CONNECTIONS, the maximum number of connections.
#
# Compresses the files that browsers load, once, while nginx serves them uncompressed. nginx itself would compress each
# answer again, and hold 400 KiB of memory for each one that a client does not read.

plain=/app
compressed=/compressed

compress() {
    cd "$plain" || return
    find . -type f '(' -name '*.js' -o -name '*.css' -o -name '*.wasm' -o -name '*.json' -o -name '*.svg' -o -name '*.html' ')' |
        while read -r file; do
            part="$compressed/part"
            target="$compressed/$file.gz"
            # Without space for it, the file is served uncompressed. Its time becomes Last-Modified.
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
