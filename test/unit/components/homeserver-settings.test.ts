import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Component, nothing, type Settings } from '../../../src/components/component.ts';
import { type ComponentRegistry, components } from '../../../src/components/components.ts';
import { joinSettings, settingsClashes } from '../../../src/components/homeserver-settings.ts';
import { generatedSecret } from '../../../src/components/secret-reference.ts';
import { parseConfig } from '../../../src/config/parse.ts';
import { describeStack } from '../../../src/stack/stack.ts';

const offering = (component: string, settings: Settings) => ({ component, settings });

describe('the options of homeserver.yaml that two components set', () => {
  test('must be one list, where both set lists', () => {
    const all = [
      offering('calls', { turn_uris: ['turn:a'], turn_user_lifetime: '1h' }),
      offering('relay', { turn_uris: ['turn:b'] }),
    ];
    expect(settingsClashes(all)).toEqual([]);
    expect(joinSettings(all)).toEqual({ turn_uris: ['turn:a', 'turn:b'], turn_user_lifetime: '1h' });
  });

  test.each<[string, Settings, Settings]>([
    ['text', { email: 'a' }, { email: 'b' }],
    ['maps', { email: { host: 'a' } }, { email: { port: 1 } }],
    ['a list and text', { email: ['a'] }, { email: 'b' }],
    ['the same', { email: 'a' }, { email: 'a' }],
  ])('must be a clash that names both, where they are %s', (_what, one, other) => {
    const all = [offering('first', one), offering('second', other)];
    expect(settingsClashes(all)).toEqual([{ key: 'email', one: 'first', other: 'second' }]);
    expect(() => joinSettings(all)).toThrow(/first and second .*email/);
  });
});

describe('a matrix.yaml', () => {
  const component = (name: string, settings: Settings): Component<object> => ({
    name,
    options: z.strictObject({}).describe('A toy.'),
    optional: true,
    homeserver: () => settings,
    describe: () => nothing,
  });
  const withoutSecrets: ComponentRegistry = {
    ...components,
    first: component('first', {
      user_directory: { enabled: true },
      modules: [{ module: 'first.Module', config: { token: { from_secret: 'first' } } }],
    }),
    second: component('second', { user_directory: { enabled: false } }),
    third: component('third', { modules: [{ module: 'third.Module' }], turn_uris: ['turn:third'] }),
    greedy: component('greedy', { listeners: [] }),
  };
  const makesSecret: Component<object> = {
    ...component('maker', {
      turn_shared_secret: generatedSecret('own_secret'),
      modules: [{ module: 'maker.Module', config: { token: generatedSecret('own_secret') } }],
    }),
    describe: () => ({
      ...nothing,
      secrets: [{ name: 'own_secret', recipe: { kind: 'token', bytes: 32 } }],
    }),
  };
  const known: ComponentRegistry = {
    ...withoutSecrets,
    maker: makesSecret,
    forgetful: component('forgetful', { turn_shared_secret: generatedSecret('nobody_has_it') }),
  };
  const parsed = (sections: string) =>
    parseConfig(`version: 1\nserver_name: example.org\nhost: matrix.example.org\n${sections}`, known);

  test.each([
    ['two sections that set the same option', 'first: {}\nsecond: {}\n', /second.* first.* user_directory/],
    [
      'an override of an option that a section sets',
      'second: {}\nsynapse: {overrides: {user_directory: {enabled: true}}}\n',
      /synapse\.overrides\.user_directory.* second/,
    ],
    [
      'a secret of the operator and a generated one in one option',
      'maker: {}\nsynapse: {overrides: {modules: [{module: own.Module, config: {token: {from_secret: own}}}]}}\n',
      /maker.* modules/,
    ],
    ["a section that sets one of the homeserver's own", 'greedy: {}\n', /greedy.* synapse.* listeners/],
  ])('must not have %s', (_what, sections, issue) => {
    expect(() => parsed(sections)).toThrow(
      expect.objectContaining({ details: [expect.stringMatching(issue)] }),
    );
  });

  test('may have a list in overrides and in two sections: it must be one list, and secret as a whole', () => {
    const stack = describeStack(
      parsed(
        'first: {}\nthird: {}\nsynapse: {overrides: {turn_uris: ["turn:own"], modules: [{module: own.Module}]}}\n',
      ),
      {},
    );
    expect(stack.homeserver).toMatchObject({ turn_uris: ['turn:own', 'turn:third'] });
    expect(stack.homeserver.modules).toBeUndefined();
    expect(stack.bundles.flatMap(({ files }) => files)).toMatchObject([
      {
        values: {
          modules: [
            { module: 'own.Module' },
            { module: 'first.Module', config: { token: { from_secret: 'first' } } },
            { module: 'third.Module' },
          ],
        },
      },
    ]);
  });

  test('may have a generated secret: by its path where Synapse has an option for that, else as text', () => {
    const { homeserver, secrets, services, bundles } = describeStack(parsed('maker: {}\nthird: {}\n'), {});
    expect(homeserver).toMatchObject({ turn_shared_secret_path: '/run/secrets/own_secret' });
    expect(homeserver.turn_shared_secret).toBeUndefined();
    expect(homeserver.modules).toBeUndefined();
    expect(bundles.flatMap(({ files }) => files)).toEqual([]);
    const recipe = secrets.find(({ name }) => name === 'synapse_settings.json')?.recipe;
    const text = recipe?.kind === 'derived' ? recipe.text(...recipe.from.map((name) => `<${name}>`)) : '';
    expect(JSON.parse(text)).toEqual({
      modules: [{ module: 'third.Module' }, { module: 'maker.Module', config: { token: '<own_secret>' } }],
    });
    const { mounts = [], command } = services.find(({ name }) => name === 'synapse') ?? {};
    for (const name of ['own_secret', 'synapse_settings.json']) {
      expect(mounts).toContainEqual({ source: `secrets/${name}`, target: `/run/secrets/${name}` });
    }
    expect(command).toEqual(expect.arrayContaining(['-c', '/run/secrets/synapse_settings.json']));
  });

  test('must not name a generated secret that no component has', () => {
    expect(() => describeStack(parsed('forgetful: {}\n'), {})).toThrow(/turn_shared_secret.* nobody_has_it/);
  });

  test("may have a module of a section beside the homeserver's own", () => {
    const stack = describeStack(
      parsed('third: {}\nsynapse: {invites: {from: known-servers, known_servers: [a.example]}}\n'),
      {},
    );
    expect(stack.homeserver.modules).toMatchObject([
      { module: 'known_servers.KnownServers' },
      { module: 'third.Module' },
    ]);
  });
});
