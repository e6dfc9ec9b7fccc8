import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { releaseDocument } from '../../src/releases/release-document.ts';
import { builtIn } from '../../src/releases/releases.ts';
import { fakeClock } from '../fakes/clock.ts';
import { runCommand } from '../fakes/command-line.ts';
import { localConfigText } from '../fakes/configurations.ts';
import { temporaryDirectory } from '../fakes/directory.ts';
import { newSigner } from '../fakes/minisign.ts';
import { fakeWorld } from '../fakes/world.ts';

const signer = newSigner();
const newer = { ...builtIn, serial: builtIn.serial + 2, expires: '2027-12-31' };

/** A deployment, and what its operator has at hand. */
async function deployment(now = builtIn.issued) {
  const directory = await temporaryDirectory();
  await writeFile(join(directory, 'matrix.yaml'), localConfigText);
  return {
    directory,
    async run(line: string, { at = now, keys = signer.publicKey } = {}) {
      const ports = { releaseKeys: async () => keys, clock: fakeClock(new Date(at)) };
      return runCommand(fakeWorld(), `${line} --json --quiet`.split(' '), {
        workingDirectory: directory,
        ports,
      });
    },
    /** Puts a document and its signature there. */
    async give(document: object | string, signature?: string) {
      const text = typeof document === 'string' ? document : JSON.stringify(document);
      await writeFile(join(directory, 'new.json'), text);
      await writeFile(join(directory, 'new.json.minisig'), signature ?? signer.sign(text, 'serial 3'));
    },
    kept: () => readFile(join(directory, 'state/releases.json'), 'utf8').catch(() => undefined),
  };
}

type Deployment = Awaited<ReturnType<typeof deployment>>;

async function shown({ run }: Deployment, at?: string) {
  const { stdout } = await run('releases show', at === undefined ? {} : { at });
  return JSON.parse(stdout);
}

test('without a deployment, what is built in must be shown', async () => {
  const directory = await temporaryDirectory();
  const { exitCode, stdout } = await runCommand(fakeWorld(), ['releases', 'show', '--json'], {
    workingDirectory: directory,
  });
  expect(exitCode).toBe(0);
  expect(JSON.parse(stdout)).toMatchObject({ source: 'built-in', serial: builtIn.serial });
  expect(releaseDocument.parse(JSON.parse(stdout))).toEqual(builtIn);
  expect(await readdir(directory)).toEqual([]);
});

test('a newer document must be kept and used, and be no news a second time', async () => {
  const host = await deployment();
  await host.give(newer);
  expect(JSON.parse((await host.run('releases update --from new.json')).stdout)).toMatchObject({
    changed: true,
    serial: newer.serial,
    comment: 'serial 3',
  });
  expect(await shown(host)).toMatchObject({ source: 'fetched', serial: newer.serial, unused: null });
  const kept = await host.kept();
  expect(JSON.parse((await host.run('releases update --from new.json')).stdout)).toMatchObject({
    changed: false,
  });
  expect(await host.kept()).toBe(kept);
});

describe('nothing must be written for a document', () => {
  test.each<[string, (host: Deployment) => Promise<void>, string, { keys?: string; at?: string }?]>([
    [
      'that somebody else signed',
      ({ give }) => give(newer, newSigner().sign(JSON.stringify(newer))),
      'releases.signature',
    ],
    ['where no key is known', ({ give }) => give(newer), 'releases.key', { keys: '# None.\n' }],
    ['that is older', ({ give }) => give({ ...newer, serial: 0.5 }), 'releases.document'],
    ['that is not valid any more', ({ give }) => give(newer), 'releases.expired', { at: '2028-01-01' }],
  ])('%s', async (_, prepare, code, options) => {
    const host = await deployment();
    await prepare(host);
    const { exitCode, stdout, stderr } = await host.run('releases update --from new.json', options);
    expect({ exitCode, stdout, code: JSON.parse(stderr).error.code }).toEqual({
      exitCode: 1,
      stdout: '',
      code,
    });
    expect(await host.kept()).toBeUndefined();
  });

  test('whose serial is lower than that of one before, also of one that has expired meanwhile', async () => {
    const host = await deployment();
    await host.give({ ...newer, expires: '2027-01-01' });
    await host.run('releases update --from new.json');
    const kept = await host.kept();
    await host.give({ ...newer, serial: newer.serial - 1 });
    const { stderr } = await host.run('releases update --from new.json', { at: '2027-02-01' });
    expect(JSON.parse(stderr).error.code).toBe('releases.serial');
    expect(await host.kept()).toBe(kept);
  });

  test.each([
    ['http://localhost/new.json', 'usage.address'],
    ['ftp://localhost/new.json', 'usage.address'],
    ['https:///', 'usage.address'],
    ['new.json', 'usage.file'],
    ['/dev/zero', 'usage.file'],
    ['.', 'usage.file'],
  ])('from %s', async (address, code) => {
    const host = await deployment();
    const { exitCode, stderr } = await host.run(`releases update --from ${address}`);
    expect({ exitCode, code: JSON.parse(stderr).error.code }).toEqual({ exitCode: 2, code });
    expect(await host.kept()).toBeUndefined();
  });
});

describe('what is built in must be used, and the reason be said, where what was fetched', () => {
  test.each<[string, (kept: string) => string, string?]>([
    ['has expired', (kept) => kept, '2028-01-01'],
    ['was changed', (kept) => kept.replace('2026.11', '2026.10')],
    ['was cut off', (kept) => kept.slice(0, 100)],
    ['is empty', () => ''],
  ])('%s', async (_, damage, at) => {
    const host = await deployment();
    await host.give(newer);
    await host.run('releases update --from new.json');
    await writeFile(join(host.directory, 'state/releases.json'), damage((await host.kept()) ?? ''));
    expect(await shown(host, at)).toMatchObject({
      source: 'built-in',
      serial: builtIn.serial,
      unused: expect.any(String),
    });
  });
});
