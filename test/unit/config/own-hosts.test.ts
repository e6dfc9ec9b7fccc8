import { describe, expect, test } from 'vitest';
import { describeStack } from '../../../src/stack/stack.ts';
import { issuesOf } from '../../fakes/issues.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const text = (host: string, rest = '') =>
  `version: 1\nserver_name: example.org\nhost: matrix.example.org\nelement:\n  host: ${host}\n${rest}`;

describe('a component with a hostname of its own', () => {
  test('must not be there without its section', () => {
    const config = parseConfig('version: 1\nserver_name: example.org\nhost: matrix.example.org\n');
    expect(config).not.toHaveProperty('element');
    expect(describeStack(config, {}).services.map(({ name }) => name)).not.toContain('element');
  });

  test('must have its name answered and certified, and lead here', () => {
    const { delegation } = describeStack(parseConfig(text('chat.example.org')), {});
    expect(delegation.names).toEqual(['matrix.example.org', 'example.org', 'chat.example.org']);
    expect(delegation.leading).toEqual(delegation.names);
  });

  test('must still lead here where a site elsewhere has the server name', () => {
    const { delegation } = describeStack(
      parseConfig(text('chat.example.org', 'delegation: elsewhere\n')),
      {},
    );
    expect(delegation.leading).toEqual(['matrix.example.org', 'chat.example.org']);
  });

  test.each([
    ['matrix.example.org', 'element.host is matrix.example.org, which is host too'],
    ['example.org', 'element.host is example.org, which is server_name too'],
    ['chat.local', 'element.host is chat.local, which no CA'],
  ])('must not have the name %s', (host, issue) => {
    expect(issuesOf(() => parseConfig(text(host)))).toEqual([expect.stringContaining(issue)]);
  });

  test('must not take defaults of settings that are no map', () => {
    const rest = '  overrides:\n    setting_defaults: dark\n';
    expect(issuesOf(() => parseConfig(text('chat.example.org', rest)))).toEqual([
      expect.stringContaining('element.overrides.setting_defaults must be a map'),
    ]);
  });

  test('must not be led to another homeserver by its overrides', () => {
    const rest = '  overrides:\n    default_server_name: other.example\n';
    expect(issuesOf(() => parseConfig(text('chat.example.org', rest)))).toEqual([
      expect.stringContaining('must not name a homeserver'),
    ]);
  });
});
