import { expect, test } from 'vitest';
import { parse } from 'yaml';
import { renderStack } from '../../../src/render/render.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { localConfigText } from '../../fakes/configurations.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

function configWith(synapse: object): string {
  return JSON.stringify({ ...parse(localConfigText), synapse });
}

function renderedWith(synapse: object) {
  const { files } = renderStack(describeStack(parseConfig(configWith(synapse)), {}));
  return parse(files.find(({ path }) => path === 'synapse/homeserver.yaml')?.text ?? '');
}

test.each([
  ['nothing is said', {}, false],
  ['it is closed', { registration: 'closed' }, false],
  ['it is on by token', { registration: 'token' }, true],
])('must want a token and admit no guests when %s', (_case, synapse, isOpen) => {
  expect(renderedWith(synapse)).toMatchObject({
    enable_registration: isOpen,
    registration_requires_token: true,
    allow_guest_access: false,
  });
});

test.each([
  { enable_registration: true },
  { disable_registration: false },
  { registration_requires_token: false },
  { enable_registration_without_verification: true },
])('%j must be refused, whatever registration is, and say what to do', (overrides) => {
  for (const registration of ['closed', 'token']) {
    expect(() => parseConfig(configWith({ registration, overrides }))).toThrow(
      expect.objectContaining({
        details: [expect.stringContaining('set synapse.registration to token, and invite people')],
      }),
    );
  }
});

test('must know no other kind of registration', () => {
  expect(() => parseConfig(configWith({ registration: 'open' }))).toThrow(
    expect.objectContaining({
      details: [expect.stringContaining('synapse.registration must be closed or token, not "open"')],
    }),
  );
});
