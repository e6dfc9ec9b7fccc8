import { createHash } from 'node:crypto';
import { copyFile, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { cached } from '../../lab/cache.ts';
import { run } from '../../lab/command.ts';
import { downloadPackages } from '../../lab/engine/apt.ts';
import type { Host } from '../../lab/host.ts';

const onHost = '/srv/packages';

/** Gives a host packages of a Debian suite to install, and no others: it has no way out to Debian's archive. */
export async function offerPackages(host: Host, suite: string, packages: readonly string[]): Promise<void> {
  const directory = await cached('packages', { suite, packages }, async (target) => {
    const work = await mkdtemp(join(tmpdir(), 'matrix-deploy-packages-'));
    try {
      for (const file of await downloadPackages(suite, packages, work)) {
        await copyFile(file, join(target, basename(file)));
      }
    } finally {
      await rm(work, { recursive: true, force: true });
    }
  });
  const index: string[] = [];
  for (const name of await readdir(directory)) {
    const contents = await readFile(join(directory, name));
    await host.writeFile(`${onHost}/${name}`, contents);
    const control = await run('dpkg-deb', ['--field', join(directory, name)]);
    const digest = createHash('sha256').update(contents).digest('hex');
    index.push(`${control.trim()}\nFilename: ./${name}\nSize: ${contents.length}\nSHA256: ${digest}\n`);
  }
  await host.writeFile(`${onHost}/Packages`, index.join('\n'));
  await host.run(['sh', '-c', 'rm -rf /etc/apt/sources.list /etc/apt/sources.list.d/*']);
  await host.writeFile('/etc/apt/sources.list', `deb [trusted=yes] file:${onHost} ./\n`);
}
