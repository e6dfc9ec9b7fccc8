import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';
import { copyWheels } from './wheels.ts';

const directory = '/srv/testmatrix';

/**
 * Runs testmatrix, a tester of Matrix servers that is not ours, in a container on a host.
 *
 * @param roots PEM of the CA certificates that it trusts
 * @returns by server name, the lines that it has written; those of what is wrong begin with 𐄂
 */
export async function runTestmatrix(
  host: Host,
  serverNames: readonly string[],
  roots: string,
): Promise<ReadonlyMap<string, string[]>> {
  await copyWheels(host, 'testmatrix', ['testmatrix==0.2.3'], directory);
  await host.writeFile(`${directory}/roots.pem`, roots);
  const environment = { PYTHONPATH: directory, REQUESTS_CA_BUNDLE: `${directory}/roots.pem` };
  const options = [
    '--rm',
    '--network=host',
    `--volume=${directory}:${directory}:ro`,
    ...Object.entries(environment).map(([name, value]) => `--env=${name}=${value}`),
    '--entrypoint=sh',
  ];
  const script = 'for name in "$@"; do echo "== $name"; python3 -m test_matrix "$name" 2>&1; done';
  const output = await host.run([
    'docker',
    'run',
    ...options,
    testedImage('synapse'),
    '-c',
    script,
    'testmatrix',
    ...serverNames,
  ]);
  const [, ...parts] = output.split(/^== /m);
  return new Map(
    parts.map((part) => {
      const [name = '', ...lines] = part.split('\n');
      return [name, lines];
    }),
  );
}
