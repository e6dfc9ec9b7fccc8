import { join } from 'node:path';
import { testedImage } from '../../src/releases/releases.ts';
import { jobLabel } from '../../src/stack/labels.ts';
import { timed } from '../timed.ts';
import { findContainer, type Place, type Workbench } from '../workbench.ts';

/** What an operator types who knows restic and Postgres: nothing is checked afterwards. */
export interface ByHand {
  /** Makes a repository, and saves the database and the media in it. @returns milliseconds */
  first(repository: string): Promise<number>;
  /** Saves both once more. @returns milliseconds */
  again(repository: string): Promise<number>;
  /** Gets both back, the database into a new server. @returns milliseconds */
  restore(repository: string, directory: string): Promise<number>;
  /** The same without restic: a compressed dump, and a copy of the media. @returns milliseconds */
  copy(directory: string): Promise<number>;
}

const dump = 'pg_dump -U postgres -Fc';
const functions = `
restic() { docker run --rm -i --label "$LABEL" --network=none --env=RESTIC_PASSWORD=password --env=RESTIC_REPOSITORY=/repository --volume="$REPOSITORY:/repository" --volume="$MEDIA:/media:ro" --volume="$OUT:/out" "$RESTIC" --no-cache --quiet "$@"; }
save() { docker exec "$POSTGRES" ${dump} -Z0 synapse | restic backup --stdin --stdin-filename synapse.dump; restic backup /media; }
`;

/** @param place of a server of ours, whose data is saved */
export async function resticByHand(bench: Workbench, place: Place): Promise<ByHand> {
  const postgres = (await findContainer(bench, place, 'postgres')).Id;
  const run = async (script: string, environment: Readonly<Record<string, string>>) => {
    const { milliseconds } = await timed(['sh', '-euc', functions + script], {
      signal: bench.signal,
      timeoutSeconds: 1800,
      environment: {
        POSTGRES: postgres,
        LABEL: `${jobLabel}=${place.project}`,
        RESTIC: testedImage('restic'),
        MEDIA: join(place.directory, 'data/synapse/media_store'),
        REPOSITORY: '/nowhere',
        OUT: '/nowhere',
        ...environment,
      },
    });
    return milliseconds;
  };
  return {
    first: (repository) =>
      run('mkdir -p "$REPOSITORY"; restic init; save', { REPOSITORY: repository, OUT: repository }),
    again: (repository) => run('save', { REPOSITORY: repository, OUT: repository }),
    restore: (repository, directory) =>
      run(restoration, { REPOSITORY: repository, OUT: directory, IMAGE: testedImage('postgres') }),
    copy: (directory) =>
      run(
        `mkdir -p "$OUT"; docker exec "$POSTGRES" ${dump} -Z zstd:3 synapse > "$OUT/synapse.dump"; cp -a "$MEDIA" "$OUT/media"`,
        { OUT: directory },
      ),
  };
}

const restoration = `
mkdir -p "$OUT"
restic restore latest --path /media --target /out
restic restore latest --path /synapse.dump --target /out
server=$(docker run --detach --label "$LABEL" --network=none --env=POSTGRES_HOST_AUTH_METHOD=trust --volume="$OUT/postgres:/var/lib/postgresql/data" --volume="$OUT/synapse.dump:/synapse.dump:ro" "$IMAGE")
until docker exec "$server" psql -h 127.0.0.1 -U postgres -qc 'SELECT 1' >/dev/null 2>&1; do sleep 0.1; done
docker exec "$server" psql -U postgres -qc "CREATE ROLE synapse LOGIN"
docker exec "$server" createdb -U postgres -O synapse -T template0 -E UTF8 --locale=C synapse
docker exec "$server" pg_restore -U postgres -j2 -d synapse /synapse.dump
docker rm --force --volumes "$server" >/dev/null
`;
