import { mkdir, readdir, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { type PreflightError, toExitCode } from '../../../../src/errors.ts';
import { install } from '../../../../src/host/install/install.ts';
import type { Offer } from '../../../../src/host/install/offer.ts';
import type { Network } from '../../../../src/host/network.ts';
import { archiveKey, otherKey } from '../../../fakes/archive-keys.ts';
import { temporaryDirectory } from '../../../fakes/directory.ts';

const keyUrl = 'https://download.docker.com/linux/debian/gpg';
const offer: Offer = {
  from: 'docker.com',
  packages: ['docker-ce', 'docker-compose-plugin'],
  archive: { distribution: 'debian', release: 'bookworm' },
};

/** apt as far as it matters here: it notes how it is called and what is there by then, and can be told to fail. */
const apt = `#!/bin/sh
shift
echo "$*" >>"$HOME/calls"
find "$HOME/apt" -type f | sort | sed "s|$HOME/||" >"$HOME/found"
case "$*" in "$(cat "$HOME/fails" 2>/dev/null)"*) echo "E: no"; exit 100;; esac
`;

interface Situation {
  /** What docker.com answers. */
  answer?: Awaited<ReturnType<Network['get']>>;
  /** Which key is Docker's; the real one when absent. */
  fingerprint?: string;
  /** What is below /etc/apt, by path. */
  files?: Record<string, string>;
  /** How the call of apt-get begins that fails. */
  fails?: string;
}

const served = (body: string) => ({ status: 200, body, date: undefined, distrust: undefined });

async function host({ files = {}, fails }: Situation = {}) {
  const home = await temporaryDirectory();
  const etc = join(home, 'apt');
  await mkdir(join(etc, 'sources.list.d'), { recursive: true });
  await mkdir(join(etc, 'keyrings'));
  for (const [path, text] of Object.entries(files)) {
    await writeFile(join(etc, path), text);
  }
  await writeFile(join(home, 'apt-get'), apt, { mode: 0o755 });
  await writeFile(join(home, 'fails'), fails ?? 'nothing');
  return { home, etc };
}

async function attempt({ home, etc }: Awaited<ReturnType<typeof host>>, situation: Situation = {}) {
  const { answer = served(archiveKey.text), fingerprint = archiveKey.fingerprint } = situation;
  const asked: string[] = [];
  const failure: PreflightError | undefined = await install(
    offer,
    {
      network: {
        async get(url, roots) {
          asked.push(url);
          expect(roots).toBeUndefined();
          return answer;
        },
      },
      onProgress: () => {},
      environment: { PATH: `${home}:${process.env.PATH}`, HOME: home },
    },
    { etc, ...(fingerprint === 'real' ? {} : { fingerprint }) },
  ).then(
    () => undefined,
    (error) => error,
  );
  const lines = async (name: string) =>
    readFile(join(home, name), 'utf8').then(
      (text) => text.trim().split('\n'),
      () => [],
    );
  const paths = await readdir(etc, { recursive: true });
  return {
    failure,
    asked,
    calls: await lines('calls'),
    found: await lines('found'),
    files: paths.filter((path) => !['keyrings', 'sources.list.d'].includes(path)).sort(),
  };
}

async function run(situation: Situation = {}) {
  const made = await host(situation);
  return { ...made, ...(await attempt(made, situation)) };
}

const own = ['keyrings/docker.asc', 'sources.list.d/docker.sources'];

describe("an archive whose key is Docker's", () => {
  test('must be there, open to every reader, before apt is called; and the packages be tried before they are installed', async () => {
    const { failure, etc, asked, calls, found, files } = await run();
    expect({ failure, asked }).toEqual({ failure: undefined, asked: [keyUrl] });
    expect(calls).toEqual([
      'update',
      'install --yes --no-remove --simulate docker-ce docker-compose-plugin',
      'install --yes --no-remove docker-ce docker-compose-plugin',
    ]);
    expect(files).toEqual(own);
    expect(found).toEqual(own.map((path) => `apt/${path}`));
    const modes = await Promise.all(own.map(async (path) => (await stat(join(etc, path))).mode & 0o777));
    expect(modes).toEqual([0o644, 0o644]);
    expect(await readFile(join(etc, 'keyrings/docker.asc'), 'utf8')).toBe(archiveKey.text);
    expect(await readFile(join(etc, 'sources.list.d/docker.sources'), 'utf8')).toBe(
      `Types: deb\nURIs: https://download.docker.com/linux/debian\nSuites: bookworm\nComponents: stable\nSigned-By: ${etc}/keyrings/docker.asc\n`,
    );
  });

  test.each([
    ['after its key was written', ['keyrings/docker.asc']],
    ['after both were written', own],
  ])('must be taken up by a run after one that died %s', async (_, there) => {
    const made = await host();
    await attempt(made);
    for (const path of own.filter((each) => !there.includes(each))) {
      await rm(join(made.etc, path));
    }
    const { failure, asked, files } = await attempt(made, { answer: { failure: 'ETIMEDOUT' } });
    expect({ failure, asked, files }).toEqual({ failure: undefined, asked: [], files: own });
  });
});

describe('what must not be trusted', () => {
  test.each<[string, Situation]>([
    ["another key than Docker's", { fingerprint: 'real' }],
    ['another key than that of the test', { answer: served(otherKey.text) }],
    ['two keys', { answer: served(archiveKey.text + otherKey.text) }],
    ['a web page', { answer: served('<!doctype html>') }],
    [
      'an answer of a server that nobody vouches for',
      { answer: { ...served(archiveKey.text), distrust: 'SELF_SIGNED' } },
    ],
    ['an answer of 404', { answer: { ...served(archiveKey.text), status: 404 } }],
    ['no answer', { answer: { failure: 'ECONNREFUSED' } }],
    ['another key that is there already', { files: { 'keyrings/docker.asc': otherKey.text } }],
  ])('%s', async (_, situation) => {
    const { failure, calls, files } = await run(situation);
    expect(toExitCode(failure)).toBe(4);
    expect(calls).toEqual([]);
    expect(files).toEqual(Object.keys(situation.files ?? {}));
  });
});

describe('an entry of the operator', () => {
  test.each([
    [
      'sources.list.d/docker.list',
      'deb [signed-by=/k.gpg] https://download.docker.com/linux/debian bookworm stable',
    ],
    ['sources.list.d/own.sources', 'Types: deb\nURIs: https://download.docker.com/linux/debian/\n'],
    ['sources.list', 'deb https://download.docker.com/linux/debian bookworm stable'],
    ['sources.list.d/docker.sources', 'Types: deb\nURIs: https://mirror.example.org\n'],
  ])('%s must stay, and not get a second one', async (path, text) => {
    const { failure, etc, asked, calls, files } = await run({ files: { [path]: text } });
    expect(toExitCode(failure)).toBe(4);
    expect(failure?.message).toContain(join(etc, path));
    expect({ asked, calls, files }).toEqual({ asked: [], calls: [], files: [path] });
    expect(await readFile(join(etc, path), 'utf8')).toBe(text);
  });

  test.each([
    ['sources.list.d/docker.list', '# deb https://download.docker.com/linux/debian bookworm stable'],
    ['sources.list.d/docker.list.save', 'deb https://download.docker.com/linux/debian bookworm stable'],
    ['sources.list.d/own.sources', 'Types: deb\nURIs: https://packages.example.org/debian\n'],
  ])('%s that says nothing of it must not matter', async (path, text) => {
    const { failure, files } = await run({ files: { [path]: text } });
    expect({ failure, files }).toEqual({ failure: undefined, files: [...own, path].sort() });
  });
});

describe('an archive that does not bring the packages', () => {
  test.each(['update', 'install --yes --no-remove --simulate'])(
    'must not stay when %s fails',
    async (fails) => {
      const { failure, files, calls } = await run({ fails });
      expect(failure?.code).toBe('host.apt');
      expect(files).toEqual([]);
      expect(calls.at(-1)).toContain(fails);
    },
  );

  test('must stay when a package is half installed, for apt to go on with', async () => {
    const { failure, files } = await run({ fails: 'install --yes --no-remove docker-ce' });
    expect(failure?.code).toBe('host.apt');
    expect(files).toEqual(own);
  });

  test('must not take with it what was there before', async () => {
    const made = await host();
    await attempt(made);
    await writeFile(join(made.home, 'fails'), 'update');
    const { failure, files } = await attempt(made);
    expect(failure?.code).toBe('host.apt');
    expect(files).toEqual(own);
  });
});
