import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';

/**
 * Puts an image on a host whose homeserver accepts its configuration and then does not start.
 *
 * @param script what Python runs in place of Synapse
 * @returns its name
 */
export async function buildBrokenSynapse(host: Host, tag: string, script: string): Promise<string> {
  const image = `broken/synapse:${tag}`;
  await host.writeFile('/tmp/start.py', `#!/usr/local/bin/python3\n${script}`, '0755');
  await host.run(['docker', 'create', '--name', 'broken', testedImage('synapse')]);
  await host.run(['docker', 'cp', '/tmp/start.py', 'broken:/start.py']);
  await host.run(['docker', 'commit', 'broken', image]);
  await host.run(['docker', 'rm', 'broken']);
  return image;
}
