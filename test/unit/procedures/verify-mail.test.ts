import { expect, test } from 'vitest';
import type { Answers } from '../../../src/config/answers.ts';
import { localConfigValues } from '../../../src/config/create.ts';
import { verifyMail } from '../../../src/procedures/mail/verify-mail.ts';
import { createConfigText } from '../../../src/render/new-config.ts';
import { temporaryDirectory } from '../../fakes/directory.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const configOf = (answers: Answers) =>
  parseConfig(createConfigText(localConfigValues('localhost', 8443, answers)));
const account = { mail_host: 'mail.example.org', mail_sender: 'matrix@example.org' };
const login = { mail_user: 'matrix', mail_password_file: 'password' };
const engine = { containers: async () => [], exec: () => Promise.reject(new Error('nothing runs')) };

test.each([
  ['a homeserver that does not run', account],
  ['a password that is not set', { ...account, ...login }],
])('%s must leave the mail server unverified, and not seem well', async (_, mail) => {
  const config = configOf(mail);
  const found = await verifyMail({ directory: await temporaryDirectory(), config }, { engine, patience: 1 });
  expect(found).toMatchObject([{ url: 'smtp://mail.example.org:587', verdict: 'unverified' }]);
});

test('no mail server must be no finding', async () => {
  const config = configOf({});
  expect(
    await verifyMail({ directory: await temporaryDirectory(), config }, { engine, patience: 1 }),
  ).toEqual([]);
});
