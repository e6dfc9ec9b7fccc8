import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { givenCertificate } from '../../../src/components/traefik/given-files.ts';
import { observeUnreadCopies } from '../../../src/state/observe-certificates.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

test('a copy must be known as unread where no certificate of the operator is served', async () => {
  const directory = await temporaryDirectory();
  expect(await observeUnreadCopies(directory, [])).toEqual([]);
  await mkdir(join(directory, 'secrets/certificate'), { recursive: true });
  await writeFile(join(directory, 'secrets/certificate/served.pem'), 'pem');
  expect(await observeUnreadCopies(directory, [])).toEqual(['secrets/certificate/served.pem']);
  const given = givenCertificate({ chain: '/etc/chain.pem', key: '/etc/key.pem' }, ['example.org']);
  expect(await observeUnreadCopies(directory, [given])).toEqual([]);
});
