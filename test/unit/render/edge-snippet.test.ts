import { describe, expect, test } from 'vitest';
import { type EdgeProgram, renderEdgeSnippet } from '../../../src/render/edge-snippet.ts';
import { describeStack } from '../../../src/stack/stack.ts';
import { publicConfig } from '../../fakes/configurations.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const programs: EdgeProgram[] = ['nginx', 'caddy', 'apache', 'haproxy'];
const stackOf = (host: string, more = '') =>
  describeStack(
    parseConfig(
      `version: 1\nserver_name: chat.net\nhost: ${host}\ntraefik: { edge: { kind: host-proxy, port: 8123 } }\n${more}`,
    ),
    {},
  );

describe.each(programs)('the settings for %s', (program) => {
  test('must lead to every route by its name and path, and to nothing else', () => {
    const text = renderEdgeSnippet(program, stackOf('m.chat.net'));
    const uncommented = text.replaceAll(/^ *#.*\n/gm, '');
    const seen = new Set(uncommented.match(/\/(?:_matrix|_synapse|\.well-known)[\w./-]*/g));
    expect([...seen].sort()).toEqual([
      '/.well-known/matrix/',
      '/_matrix/',
      '/_matrix/federation/',
      '/_matrix/key/',
      '/_synapse/client/',
    ]);
    expect(uncommented).toContain('m.chat.net');
    expect(uncommented).toMatch(/(?<!m\.)chat\.net/);
    expect(text).toContain('127.0.0.1:8123');
    expect(text).not.toMatch(/example\.org|8008|(?:begin|end) (?:name|path)/);
  });

  test('must have one name where the server name is the host', () => {
    const text = renderEdgeSnippet(program, stackOf('chat.net'));
    expect(text).not.toContain('/_matrix/federation/');
    expect(text).toContain('/_matrix/');
  });
});

test.each<EdgeProgram>(['nginx', 'apache'])(
  '%s must let a body through that is a little too large',
  (program) => {
    const text = renderEdgeSnippet(program, stackOf('m.chat.net', 'synapse: { max_upload_size: 100M }'));
    expect(text).toContain(String(101 * 2 ** 20));
  },
);

test('there must be none for a server that the world reaches by itself', () => {
  expect(() => renderEdgeSnippet('nginx', describeStack(publicConfig, {}))).toThrow();
});
