import { quotedWord } from '../../shell-word.ts';
import type { DatabaseSpec } from '../component.ts';
import type { Refill } from '../saving.ts';
import type { Owner } from '../service.ts';
import { databaseProvision, psqlOptions } from './databases.ts';
import { countRowsOf, settleRestored } from './replacement.ts';

export interface Cluster {
  readonly service: string;
  readonly image: string;
  readonly user: Owner;
  /** Its data directory: below the deployment directory, and in the container. */
  readonly dataPath: string;
  readonly dataTarget: string;
  /** The command that creates an empty cluster. */
  readonly initialise: readonly string[];
}

/** Directory of the dumps in the container. */
const dumps = '/dumps';

/** Directory of the socket of its server, which has no other listener. */
export const socket = '/tmp';

/**
 * A new cluster with the content of dumps, created by a server without network access. Its files are not safe on the
 * disk before the end, when all of them are synced at once: nothing may use the cluster before.
 */
export function refillOf(
  databases: readonly DatabaseSpec[],
  { service, image, user, dataPath, dataTarget, initialise }: Cluster,
): Refill {
  return {
    data: dataPath,
    dumps,
    job: {
      image,
      user,
      entrypoint: ['sh', '-c', script(databases, initialise)],
      environment: { PGDATA: dataTarget, PGHOST: socket, LC_ALL: 'C' },
      mounts: [{ source: dataPath, target: dataTarget, writable: true }],
      tmpfs: [
        { target: '/tmp', sizeMegabytes: 64, mode: 0o1777 },
        { target: '/run/postgresql', sizeMegabytes: 1, mode: 0o700, owner: user },
      ],
    },
    secrets: databases.map(({ password }) => password),
    input: createAll(databases, { service, dataPath }),
  };
}

/** The SQL that creates all roles and databases in an empty cluster. */
export function createAll(
  databases: readonly DatabaseSpec[],
  server: Pick<Cluster, 'service' | 'dataPath'>,
): Refill['input'] {
  return (secretOf, random) =>
    databases
      .map((spec) => databaseProvision(spec, server).create(secretOf(spec.password), random))
      .map(({ input = '' }) => input)
      .join('\n');
}

function script(databases: readonly DatabaseSpec[], initialise: readonly string[]): string {
  return newCluster(initialise, databases.map(restore));
}

/**
 * A script that creates a cluster; then, while its server runs, the roles and databases by the SQL on its input, and
 * their content by the steps in `fill`. It ends when everything is on the disk. If a step fails, it removes
 * everything: if the new files have filled the disk, the services that keep running need the space.
 */
export function newCluster(initialise: readonly string[], fill: readonly string[]): string {
  const options = `-c listen_addresses= -c unix_socket_directories=${socket} -c fsync=off -c full_page_writes=off -c wal_level=minimal -c max_wal_senders=0 -c max_wal_size=4GB -c maintenance_work_mem=128MB`;
  return `set -eu
leave_nothing() {
  status=$?
  [ "$status" -ne 0 ] || return 0
  pg_ctl stop --silent --mode=immediate --timeout=60 >&2 || true
  find "$PGDATA" -mindepth 1 -delete
  exit "$status"
}
trap leave_nothing EXIT
# Its input is the SQL that makes the roles and the databases.
cat >/tmp/create.sql
${initialise.map(quotedWord).join(' ')} >/dev/null
pg_ctl start --wait --silent --timeout=300 --log=/tmp/server.log --options='${options}' || { cat /tmp/server.log >&2; exit 1; }
psql --username=postgres ${psqlOptions} --file=/tmp/create.sql >&2
${fill.join('\n')}
pg_ctl stop --wait --silent --mode=fast --timeout=600
initdb --sync-only --pgdata="$PGDATA" >/dev/null
`;
}

function restore({ name, role, saving }: DatabaseSpec): string {
  const psql = `psql --username=postgres ${psqlOptions} --dbname=${quotedWord(name)}`;
  const file = quotedWord(`${dumps}/${name}.dump`);
  return `pg_restore --username=postgres --dbname=${quotedWord(name)} --no-owner --no-privileges --role=${quotedWord(role)} --exit-on-error --jobs=2 ${file}
${psql} <<'SQL'
${countRowsOf(saving.counted, `${name} `)}
SQL
${psql} <<'SQL' >/dev/null
${settleRestored(saving)}
SQL`;
}
