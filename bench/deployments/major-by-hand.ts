import { jobLabel } from '../../src/stack/labels.ts';
import { timed } from '../timed.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';

/**
 * Brings the database of a server of ours, which keeps running, into a server of another release as an operator does by hand: a
 * pipe of pg_dump and pg_restore, and ANALYZE. Nothing is compared afterwards.
 *
 * @param image of the other release
 * @returns milliseconds, from the order to make the server until its database is analysed
 */
export async function majorByHand(bench: Workbench, place: Place, image: string): Promise<number> {
  const { lines } = await timed(['bash', '-o', 'pipefail', '-euc', script], {
    signal: bench.signal,
    timeoutSeconds: 1800,
    environment: {
      OLD: (await findContainer(bench, place, 'postgres')).Id,
      LABEL: `${jobLabel}=${place.project}`,
      OUT: `${place.directory}-by-hand`,
      IMAGE: image,
    },
  });
  return Number(lines.at(-1)?.text);
}

const script = `
begin=$(date +%s%3N)
server=$(docker run --detach --label "$LABEL" --network=none --env=POSTGRES_HOST_AUTH_METHOD=trust --env=POSTGRES_INITDB_ARGS=--data-checksums --volume="$OUT:/var/lib/postgresql" "$IMAGE")
until docker exec "$server" psql -h 127.0.0.1 -U postgres -qc 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
docker exec "$server" psql -U postgres -qc "CREATE ROLE synapse LOGIN"
docker exec "$server" createdb -U postgres -O synapse -T template0 -E UTF8 --locale=C synapse
docker exec "$OLD" pg_dump -U postgres -Fc -Z0 synapse | docker exec -i "$server" pg_restore -U postgres -d synapse
docker exec "$server" psql -U postgres -d synapse -qc ANALYZE
end=$(date +%s%3N)
docker rm --force --volumes "$server" >/dev/null
rm -rf "$OUT"
echo $((end - begin))`;
