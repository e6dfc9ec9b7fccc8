import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';

/**
 * Puts an image on a host whose homeserver accepts its configuration and then does not start.
 *
 * @param script what Python runs in place of Synapse
 * @param from the image that it is made of
 * @returns its name
 */
export async function buildBrokenSynapse(
  host: Host,
  tag: string,
  script: string,
  from = testedImage('synapse'),
): Promise<string> {
  const image = `broken/synapse:${tag}`;
  await host.writeFile('/tmp/start.py', `#!/usr/local/bin/python3\n${script}`, '0755');
  await host.run(['docker', 'create', '--name', 'broken', from]);
  await host.run(['docker', 'cp', '/tmp/start.py', 'broken:/start.py']);
  await host.run(['docker', 'commit', 'broken', image]);
  await host.run(['docker', 'rm', 'broken']);
  return image;
}

/** Lines after those of a file of Synapse, which need not be there. */
interface Addition {
  /** Its path below the package. */
  readonly module: string;
  readonly lines: readonly string[];
}

/** With it Synapse works but for files that are uploaded. */
export const refusingFiles: Addition = {
  module: 'rest/media/upload_resource.py',
  lines: [
    'async def out_of_order(self, request): raise RuntimeError("out of order")',
    'UploadServlet.on_POST = out_of_order',
  ],
};

/** With it Synapse works, and dies a moment after the first that somebody has asked of it. */
export const dyingSoon: Addition = {
  module: 'rest/client/versions.py',
  lines: [
    'import os, threading',
    'answer = VersionsRestServlet.on_GET',
    'async def answer_and_die(self, request):',
    '    threading.Timer(0.5, lambda: (print("out of order", flush=True), os._exit(3))).start()',
    '    return await answer(self, request)',
    'VersionsRestServlet.on_GET = answer_and_die',
  ],
};

/** With it Synapse cannot make what it wants of its database. */
export const failingMigration: Addition = {
  module: 'storage/schema/main/delta/94/99_out_of_order.sql',
  lines: ['SELECT 1 / 0;'],
};

/** With it Synapse fills a new table of its database, with 35 MB. */
export const largeMigration: Addition = {
  module: 'storage/schema/main/delta/94/99_large.sql',
  lines: ['CREATE TABLE large AS SELECT generate_series(1, 1000000) AS number;'],
};

/** With it Synapse keeps everybody from a table of its database for some seconds. */
export const slowMigration: Addition = {
  module: 'storage/schema/main/delta/94/99_slow.sql',
  lines: ['LOCK TABLE events IN ACCESS EXCLUSIVE MODE;', 'SELECT pg_sleep(8);'],
};

/**
 * Puts an image on a host that is the tested Synapse with additions.
 *
 * @returns its name
 */
export function buildChangedSynapse(
  host: Host,
  tag: string,
  ...additions: readonly Addition[]
): Promise<string> {
  return commitSynapse(host, `changed/synapse:${tag}`, appending(additions));
}

function appending(additions: readonly Addition[]): string {
  const appended = additions.flatMap(({ module, lines }) =>
    lines.map((line) => `echo '${line}' >>"$package/${module}"`),
  );
  return `
    package=$(python3 -c 'import importlib.util; print(importlib.util.find_spec("synapse").submodule_search_locations[0])')
    ${appended.join('\n    ')}`;
}

/**
 * Puts an image on a host that is the tested Synapse with a database that no release before it could use.
 *
 * @param additions what else is changed in it
 * @returns its name
 */
export function buildIncompatibleSynapse(
  host: Host,
  tag: string,
  ...additions: readonly Addition[]
): Promise<string> {
  const next = {
    module: 'storage/schema/__init__.py',
    lines: ['SCHEMA_VERSION = SCHEMA_COMPAT_VERSION = 95'],
  };
  return buildChangedSynapse(host, tag, next, ...additions);
}

/**
 * Puts an image on a host that is the tested Synapse for another kind of processor, as far as the kernel can tell.
 *
 * @returns its name
 */
export function buildForeignSynapse(host: Host): Promise<string> {
  // The machine in an ELF header: 183 is ARM, and 62 is x86.
  const script = `
    python=$(readlink -f /usr/local/bin/python3)
    machine='\\267'
    [ "$(uname -m)" = x86_64 ] || machine='\\076'
    cp "$python" /tmp/python
    printf "$machine" | dd of=/tmp/python bs=1 seek=18 conv=notrunc status=none
    mv /tmp/python "$python"`;
  return commitSynapse(host, 'foreign/synapse:other-processor', script);
}

/** What a script of the shell has made of the tested Synapse, under this name. */
async function commitSynapse(host: Host, image: string, script: string): Promise<string> {
  const run = ['docker', 'run', '--name', 'changed', '--entrypoint', 'sh', testedImage('synapse')];
  await host.run([...run, '-euc', script]);
  const entry = ['--change', 'ENTRYPOINT ["/start.py"]', '--change', 'CMD []'];
  await host.run(['docker', 'commit', ...entry, 'changed', image]);
  await host.run(['docker', 'rm', 'changed']);
  return image;
}

/**
 * Puts an image on a host that is the tested Synapse by another name, and another image all the same.
 *
 * @returns its name
 */
export async function buildOtherSynapse(host: Host, tag: string): Promise<string> {
  const image = `other/synapse:${tag}`;
  await host.run(['docker', 'create', '--name', 'other', testedImage('synapse')]);
  await host.run(['docker', 'commit', '--change', `LABEL other=${tag}`, 'other', image]);
  await host.run(['docker', 'rm', 'other']);
  return image;
}
