import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { buffer } from 'node:stream/consumers';
import { pack } from 'tar-stream';
import { expect, test } from 'vitest';
import { components } from '../../../src/components/components.ts';
import type { Fetching } from '../../../src/procedures/restore/fetch.ts';
import { judgedFiles } from '../../../src/procedures/restore/judge-files.ts';
import { generateSecret } from '../../../src/secrets/generate.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfig, localConfigText } from '../../fakes/configurations.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';
import { countingBytes } from '../../fakes/random.ts';

const digest = `sha256:${'0'.repeat(64)}`;

/** A set whose archive has these files beside matrix.yaml and the signing key. */
async function fetchingOf(others: Readonly<Record<string, string>>): Promise<Fetching> {
  const { secrets, images } = describeStack(localConfig, {});
  const key = secrets.find(({ identity }) => identity !== undefined);
  if (key === undefined) throw new Error('no secret has an identity');
  const text = (
    await generateSecret(key.recipe, () => Promise.reject(), countingBytes(), new Date(0))
  ).reveal();
  const archive = pack();
  const files = { 'matrix.yaml': localConfigText, [`secrets/${key.name}`]: text, ...others };
  for (const [name, content] of Object.entries(files)) archive.entry({ name }, content);
  archive.finalize();
  const bytes = await buffer(archive as unknown as NodeJS.ReadableStream);
  const manifest = {
    serverName: localConfig.server_name,
    identities: { [key.name]: key.identity?.(text) },
    images: Object.fromEntries(images.map((tag) => [tag, digest])),
    parts: [{ kind: 'files', name: 'deployment' }],
  };
  const repository = {
    restore: ({ target }: { target: string }) => writeFile(join(target, 'deployment.tar'), bytes),
  };
  const engine = {
    makeDirectories: ({ parent, directories }: { parent: string; directories: { path: string }[] }) =>
      Promise.all(directories.map(({ path }) => mkdir(join(parent, path)))),
  };
  return {
    directory: await temporaryDirectory(),
    workplace: { path: 'state/restore', project: 'matrix-restore' },
    source: { manifest, repository, snapshotOf: () => 'abc' },
    engine,
  } as unknown as Fetching;
}

test.each<[string, Record<string, string>]>([
  ['is lost', {}],
  ['is cut off', { 'state/images.json': '{"postgres' }],
])(
  'the images of a backup must be those of its manifest, also where the record of them %s',
  async (_, others) => {
    const { stack } = await judgedFiles(await fetchingOf(others), components);
    expect(stack.services.map(({ image }) => image)).toEqual(
      stack.services.map(() => expect.stringMatching(`@${digest}$`)),
    );
  },
);
