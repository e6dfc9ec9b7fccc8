import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { type Registration, registrationSecrets } from '../../../src/components/application-service.ts';
import { generateSecret } from '../../../src/secrets/generate.ts';
import { Secret, withoutSecrets } from '../../../src/secrets/secret.ts';
import { readTextSecrets } from '../../../src/state/secrets.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';

const irc: Registration = {
  id: 'irc',
  url: 'http://irc:9898',
  senderLocalpart: 'irc',
  users: [{ prefix: 'irc_', isExclusive: true }],
  isRateLimited: false,
};
const specs = registrationSecrets(irc, 'example.org');

test('what a program says must show neither the tokens of a registration nor one of them alone', async () => {
  const directory = await temporaryDirectory();
  await mkdir(join(directory, 'secrets'));
  const made = new Map<string, Secret>();
  for (const { name, recipe } of specs) {
    const read = async (source: string) => made.get(source) ?? new Secret('');
    const secret = await generateSecret(
      recipe,
      read,
      (bytes) => new Uint8Array(bytes).fill(bytes),
      new Date(),
    );
    made.set(name, secret);
    await writeFile(join(directory, 'secrets', name), secret.reveal());
  }
  const { as_token, hs_token } = JSON.parse(made.get('irc_registration.json')?.reveal() ?? '');
  const both = made.get('irc_tokens')?.reveal();
  expect(both).toBe(`${as_token}${hs_token}`);
  const known = await readTextSecrets(directory, specs);
  for (const said of [as_token, hs_token, both]) {
    expect(withoutSecrets(`unknown token ${said}!`, known)).toBe('unknown token [secret]!');
  }
  expect(withoutSecrets('sender irc of http://irc:9898', known)).toBe('sender irc of http://irc:9898');
});

test('secrets that do not exist yet must be none', async () => {
  expect(await readTextSecrets(await temporaryDirectory(), specs)).toEqual([]);
});
