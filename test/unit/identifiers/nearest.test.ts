import { expect, test } from 'vitest';
import { nearestName } from '../../../src/identifiers/nearest.ts';

const names = ['server_name', 'host', 'email', 'presence', 'max_upload_size'];

test.each([
  ['a letter too few', 'sever_name', 'server_name'],
  ['a letter too many', 'hosts', 'host'],
  ['a wrong letter', 'presance', 'presence'],
  ['two letters exchanged', 'eamil', 'email'],
  ['another separator', 'max-upload-size', 'max_upload_size'],
  ['the name itself', 'host', 'host'],
  ['a name that is a third wrong', 'hxsx', 'host'],
  ['a name that is more than a third wrong', 'hxxx', undefined],
  ['a long name with four wrong letters', 'mxx_xxxoad_size', undefined],
  ['something else', 'listeners', undefined],
  ['nothing', '', undefined],
])('%s: %j is taken for %j', (_case, word, nearest) => {
  expect(nearestName(word, names)).toBe(nearest);
});

test('of two candidates that are equally near, the first is chosen', () => {
  expect(nearestName('cat', ['bat', 'rat'])).toBe('bat');
});

test('without candidates there is no guess', () => {
  expect(nearestName('host', [])).toBeUndefined();
});
