import { readFile } from 'node:fs/promises';
import { testedImage } from '../../../src/releases/releases.ts';
import type { Host } from '../../lab/host.ts';
import { checkout } from '../../lab/machine.ts';

/** The names of the toys of `test/contract/`. */
export const toys = ['bridge', 'pages', 'relay'] as const;

/** Where the program with the toys in its registry is built on a host. */
export const programWithToys = '/srv/program';

/** Builds the program with the toys in its registry on a host. */
export async function buildProgramWithToys(host: Host): Promise<void> {
  await host.run(['node', 'test/contract/program.mjs', programWithToys], { cwd: checkout.onMachines });
}

// The image of Synapse has all that the programs need: Python, and a client of Postgres.
const buildScript = `
  docker run --interactive --name toy --network none --entrypoint sh "$1" -euc '
    cd /usr/local/bin
    cat >programs.py
    chmod 755 programs.py
    for name in serve fetch relay ask-relay bridge ping-homeserver; do ln -s programs.py "$name"; done'
  shift
  for version in 1 2; do
    for toy; do
      docker commit --change 'ENTRYPOINT ["env"]' --change 'CMD []' --change "LABEL version=$version" toy "toys/$toy:$version"
    done
  done
  docker rm toy`;

/** Puts the images of the toys on a host, in two versions. */
export async function buildToyImages(host: Host): Promise<void> {
  const input = await readFile(new URL('../../contract/programs.py', import.meta.url));
  await host.run(['sh', '-euc', buildScript, 'build', testedImage('synapse'), ...toys], { input });
}
