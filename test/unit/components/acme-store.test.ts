import { expect, test } from 'vitest';
import { certifiedNames } from '../../../src/components/traefik/acme-store.ts';

const whole =
  '{"le":{"Certificates":[{"domain":{"main":"example.org","sans":["matrix.example.org"]}}]},"other":null}';

test.each<[string, string[]]>([
  [whole, ['example.org', 'matrix.example.org']],
  ['', []],
  // Traefik writes it in its place: a power cut, or a copy of just then, has a part of it.
  [whole.slice(0, 40), []],
  ['null', []],
])('%s must hold certificates for %j', (text, names) => {
  expect([...certifiedNames(text)]).toEqual(names);
});
