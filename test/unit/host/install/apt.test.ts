import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { install } from '../../../../src/host/install/install.ts';
import { temporaryDirectory } from '../../../fakes/directory.ts';
import { fakeNetwork } from '../../../fakes/surroundings.ts';

const program = `#!/bin/sh
env >>"$HOME/environment"
echo "Setting up docker.io"
`;

test('apt must get the way through a proxy, and nothing else that steers it', async () => {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'apt-get'), program, { mode: 0o755 });
  const lines: string[] = [];
  await install(
    { from: 'distribution', packages: ['docker.io'] },
    {
      environment: {
        PATH: `${home}:${process.env.PATH}`,
        HOME: home,
        https_proxy: 'http://192.0.2.1:3128',
        APT_CONFIG: '/nonexistent',
        DEBIAN_FRONTEND: 'dialog',
      },
      network: fakeNetwork(),
      onProgress: (line) => lines.push(line),
    },
  );
  const environment = await readFile(join(home, 'environment'), 'utf8');
  expect(environment).toContain('https_proxy=http://192.0.2.1:3128\n');
  expect(environment).toContain('DEBIAN_FRONTEND=noninteractive\n');
  expect(environment).not.toContain('APT_CONFIG');
  expect(lines).toEqual(['Setting up docker.io', 'Setting up docker.io']);
});
