import { expect, test } from 'vitest';
import { imageSource } from '../../../src/docker/image-reference.ts';
import { bearerChallenge, nextPage, retryAfter } from '../../../src/docker/registry-answers.ts';

test.each([
  ['postgres:17', 'registry-1.docker.io', 'library/postgres', '17'],
  ['docker.io/postgres:17', 'registry-1.docker.io', 'library/postgres', '17'],
  ['index.docker.io/library/postgres:17', 'registry-1.docker.io', 'library/postgres', '17'],
  ['matrixdotorg/synapse:v1.163.2', 'registry-1.docker.io', 'matrixdotorg/synapse', 'v1.163.2'],
  ['ghcr.io/element-hq/synapse:v1@sha256:01', 'ghcr.io', 'element-hq/synapse', 'v1'],
  ['registry.example:5000/a/b/c:1', 'registry.example:5000', 'a/b/c', '1'],
  ['localhost/a:1', 'localhost', 'a', '1'],
  ['[::1]:5000/a:1', '[::1]:5000', 'a', '1'],
])('%s must be asked for at %s', (reference, registry, repository, tag) => {
  expect(imageSource(reference)).toEqual({ registry, repository, tag });
});

test.each([
  [
    'Bearer realm="https://auth.docker.io/token",service="registry.docker.io",scope="repository:a/b:pull,push"',
    {
      realm: 'https://auth.docker.io/token',
      service: 'registry.docker.io',
      scope: 'repository:a/b:pull,push',
    },
  ],
  ['bearer realm="https://r/t"', { realm: 'https://r/t', service: undefined, scope: undefined }],
  ['Basic realm="https://r/t"', undefined],
  ['Bearer service="x"', undefined],
  [undefined, undefined],
])('%s must be the challenge %j', (header, expected) => {
  expect(bearerChallenge(header)).toEqual(expected);
});

test.each([
  ['</v2/a/tags/list?last=b&n=2>; rel="next"', 'https://r:1/v2/a/tags/list?last=b&n=2'],
  ['<list?last=b>; rel=next', 'https://r:1/v2/a/tags/list?last=b'],
  ['</x>; rel="prev", </y>; rel="next"', 'https://r:1/y'],
  ['</x>; rel="prev"', undefined],
  [undefined, undefined],
])('after %s must come %s', (link, expected) => {
  expect(nextPage(link, new URL('https://r:1/v2/a/tags/list?n=2'))?.href).toBe(expected);
});

test.each([
  ['120', 120],
  ['Sun, 29 Nov 2026 04:00:10 GMT', 10],
  ['Sun, 29 Nov 2026 03:00:00 GMT', 0],
  ['soon', undefined],
  [undefined, undefined],
])('Retry-After %s must be %s seconds', (header, seconds) => {
  expect(retryAfter(header, new Date('2026-11-29T04:00:00Z'))).toBe(seconds);
});
