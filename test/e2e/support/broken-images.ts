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

/** Lines of Python after those of a module of Synapse. */
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

/**
 * Puts an image on a host that is the tested Synapse, and knows a database that no release before it could use.
 *
 * @param additions what else is changed in it
 * @returns its name
 */
export async function buildIncompatibleSynapse(
  host: Host,
  tag: string,
  ...additions: readonly Addition[]
): Promise<string> {
  const image = `incompatible/synapse:${tag}`;
  const next = {
    module: 'storage/schema/__init__.py',
    lines: ['SCHEMA_VERSION = SCHEMA_COMPAT_VERSION = 95'],
  };
  const appended = [next, ...additions].flatMap(({ module, lines }) =>
    lines.map((line) => `echo '${line}' >>"$package/${module}"`),
  );
  const script = `
    package=$(python3 -c 'import importlib.util; print(importlib.util.find_spec("synapse").submodule_search_locations[0])')
    ${appended.join('\n    ')}`;
  const run = ['docker', 'run', '--name', 'incompatible', '--entrypoint', 'sh', testedImage('synapse')];
  await host.run([...run, '-euc', script]);
  const entry = ['--change', 'ENTRYPOINT ["/start.py"]', '--change', 'CMD []'];
  await host.run(['docker', 'commit', ...entry, 'incompatible', image]);
  await host.run(['docker', 'rm', 'incompatible']);
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
