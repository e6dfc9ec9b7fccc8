import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { type Component, nothing, type Settings } from '../../../src/components/component.ts';
import { type ComponentRegistry, components } from '../../../src/components/components.ts';
import { joinSettings, settingsClashes } from '../../../src/components/homeserver-settings.ts';
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
  const known: ComponentRegistry = {
    ...components,
    first: component('first', {
      user_directory: { enabled: true },
      modules: [{ module: 'first.Module', config: { token: { from_secret: 'first' } } }],
    }),
    second: component('second', { user_directory: { enabled: false } }),
    third: component('third', { modules: [{ module: 'third.Module' }], turn_uris: ['turn:third'] }),
    greedy: component('greedy', { listeners: [] }),
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
