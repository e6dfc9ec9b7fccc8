import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  type OwnRegistration,
  registrationClashes,
  registrationSecrets,
} from '../../../src/components/application-service.ts';
import { nothing } from '../../../src/components/component.ts';
import { type ComponentRegistry, components } from '../../../src/components/components.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { rotatedFor } from '../../../src/plan/rotation.ts';
import { describeStack, type Stack } from '../../../src/stack/stack.ts';

const irc: OwnRegistration = {
  component: 'irc',
  id: 'irc',
  url: 'http://irc:9999',
  senderLocalpart: 'ircbot',
  users: [{ prefix: 'irc_', isExclusive: true }],
  aliases: [{ prefix: 'irc_', isExclusive: true }],
  isRateLimited: false,
};
const other: OwnRegistration = {
  ...irc,
  component: 'other',
  id: 'other',
  senderLocalpart: 'otherbot',
  users: [{ prefix: 'other_', isExclusive: true }],
  aliases: [],
};

describe('two registrations', () => {
  test.each<[string, Partial<OwnRegistration>, string]>([
    ['the same id', { id: 'irc' }, 'the id irc'],
    ['the same sender', { senderLocalpart: 'ircbot' }, 'the user ircbot'],
    ["a sender among the other's users", { senderLocalpart: 'irc_bot' }, 'the user irc_bot'],
    ['the same users', { users: irc.users }, 'users whose names begin with irc_'],
    [
      'users of which some are the same',
      { users: [{ prefix: 'irc_oftc_', isExclusive: true }] },
      'users whose names begin with irc_oftc_',
    ],
    ['all users', { users: [{ prefix: '', isExclusive: true }] }, 'users whose names begin with irc_'],
    [
      'the same aliases',
      { aliases: [{ prefix: 'irc_', isExclusive: true }] },
      'aliases that begin with irc_',
    ],
  ])('must not have %s', (_case, changed, what) => {
    const clashes = registrationClashes([irc, { ...other, ...changed }]);
    expect(clashes).toContainEqual({ one: irc, other: { ...other, ...changed }, what });
  });

  test.each<[string, Partial<OwnRegistration>]>([
    ['other names', {}],
    ['users that are not for it alone', { users: [{ prefix: '', isExclusive: false }] }],
    ['a name that begins like the account of the other one', { senderLocalpart: 'ircbot2' }],
  ])('may have %s', (_case, changed) => {
    expect(registrationClashes([irc, { ...other, ...changed }])).toEqual([]);
  });
});

describe('the file of a registration', () => {
  const file = (registration: OwnRegistration, tokens = 'aaaabbbb') => {
    const recipe = registrationSecrets(registration, 'example.org')[1]?.recipe;
    return JSON.parse(recipe?.kind === 'derived' ? recipe.text(tokens) : '');
  };

  test('must have both tokens, and names of this server only', () => {
    expect(file(irc)).toEqual({
      id: 'irc',
      url: 'http://irc:9999',
      as_token: 'aaaa',
      hs_token: 'bbbb',
      sender_localpart: 'ircbot',
      rate_limited: false,
      namespaces: {
        users: [{ regex: '@irc_.*:example\\.org', exclusive: true }],
        aliases: [{ regex: '#irc_.*:example\\.org', exclusive: true }],
      },
    });
  });

  test('must say null where the homeserver sends nothing, what is to be sent beside events, and what else is read there', () => {
    const extra = { irc: { media_url: '' } };
    expect(file({ ...irc, url: null, receivesEphemeral: true, extra })).toMatchObject({
      url: null,
      receive_ephemeral: true,
      irc: { media_url: '' },
    });
  });
});

describe('a component with a registration', () => {
  const bridge = (name: string) => ({
    name,
    options: z.strictObject({}),
    optional: true as const,
    registrations: () => [{ ...irc, component: name }],
    describe: () => nothing,
  });
  const known: ComponentRegistry = { ...components, first: bridge('first'), second: bridge('second') };
  const text = `version: 1
server_name: example.org
host: matrix.example.org
synapse:
  overrides:
    app_service_config_files: ["/conf/extra/own.yaml"]
`;
  const stackOf = (sections: string) => describeStack(parseConfig(text + sections, known), {});
  const file = { source: 'secrets/irc_registration.json', target: '/run/secrets/irc_registration.json' };
  const mountsOf = ({ services }: Stack) => services.find(({ name }) => name === 'synapse')?.mounts;

  test('must be told to the homeserver, beside the files of the operator', () => {
    const stack = stackOf('first: {}\n');
    expect(stack.homeserver.app_service_config_files).toEqual(['/conf/extra/own.yaml', file.target]);
    expect(mountsOf(stack)).toContainEqual(file);
    expect(rotatedFor('irc_registration.json', stack.secrets)?.name).toBe('irc_tokens');
  });

  test('must not be told to the homeserver without its section', () => {
    const stack = stackOf('');
    expect(stack.homeserver.app_service_config_files).toEqual(['/conf/extra/own.yaml']);
    expect(mountsOf(stack)).not.toContainEqual(file);
  });

  test('must be refused beside another one that has the same, and both be named', () => {
    expect(() => stackOf('first: {}\nsecond: {}\n')).toThrow(
      expect.objectContaining({
        details: expect.arrayContaining([expect.stringMatching(/second .* first.* the id irc/)]),
      }),
    );
  });
});
