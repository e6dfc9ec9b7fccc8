import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { installPackages } from '../../../src/host/apt.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const program = `#!/bin/sh
env >>"$HOME/environment"
echo "Setting up docker.io"
`;

test('apt must get the way through a proxy, and nothing else that steers it', async () => {
  const home = await temporaryDirectory();
  await writeFile(join(home, 'apt-get'), program, { mode: 0o755 });
  const lines: string[] = [];
  await installPackages(
    ['docker.io'],
    {
      PATH: `${home}:${process.env.PATH}`,
      HOME: home,
      https_proxy: 'http://192.0.2.1:3128',
      APT_CONFIG: '/nonexistent',
      DEBIAN_FRONTEND: 'dialog',
    },
    (line) => lines.push(line),
  );
  const environment = await readFile(join(home, 'environment'), 'utf8');
  expect(environment).toContain('https_proxy=http://192.0.2.1:3128\n');
  expect(environment).toContain('DEBIAN_FRONTEND=noninteractive\n');
  expect(environment).not.toContain('APT_CONFIG');
  expect(lines).toEqual(['Setting up docker.io', 'Setting up docker.io']);
});
