import { describe, expect, test } from 'vitest';
import { isNews, readSigned } from '../../../src/releases/accept.ts';
import { parseKeys } from '../../../src/releases/minisign.ts';
import { builtIn } from '../../../src/releases/releases.ts';
import { newSigner } from '../../fakes/minisign.ts';

const signer = newSigner();
const keys = parseKeys(signer.publicKey);
const whole = JSON.stringify(builtIn, undefined, 2);
const read = (document: string, signed = document) =>
  readSigned({ document, signature: signer.sign(signed, 'serial 1') }, keys);

test('a document that is signed must be read, with the comment that was signed', () => {
  expect(read(whole)).toEqual({ document: builtIn, comment: 'serial 1' });
});

test.each<[string, string, string, string]>([
  ['that was changed', whole.replace('2026.11', '2026.12'), whole, 'releases.signature'],
  ['that is cut off', whole.slice(0, -100), whole, 'releases.signature'],
  ['that was signed cut off', whole.slice(0, -100), whole.slice(0, -100), 'releases.document'],
  ['with marks of a conflict', conflict(whole), conflict(whole), 'releases.document'],
  ['that is no document', '{}', '{}', 'releases.document'],
  ['that is nothing', '', '', 'releases.document'],
])('one %s must be refused', (_, document, signed, code) => {
  expect(() => read(document, signed)).toThrow(expect.objectContaining({ code }));
});

test('what has visibly happened to a text must be said, beside its signature', () => {
  expect(() => read(whole.slice(0, -100), whole)).toThrow('cut off');
  expect(() => read(conflict(whole), whole)).toThrow('merge conflict');
});

describe('a signed document', () => {
  const document = { ...builtIn, serial: 7, expires: '2027-03-01' };
  const news = (seen: number, now: string) =>
    isNews({ document, comment: '' }, { serial: seen }, new Date(now));

  test.each([
    [6, '2027-01-01', true],
    [7, '2027-01-01', false],
    [6, '2027-03-01T23:59:59Z', true],
  ])('where serial %i is known must be news on %s: %s', (seen, now, expected) => {
    expect(news(seen, now)).toBe(expected);
  });

  test.each([
    [8, '2027-01-01', 'releases.serial'],
    [6, '2027-03-02', 'releases.expired'],
  ])('where serial %i is known must be refused on %s: %s', (seen, now, code) => {
    expect(() => news(seen, now)).toThrow(expect.objectContaining({ code }));
  });
});

/** As git leaves a file that two have changed. */
function conflict(text: string): string {
  return text.replace('{\n', '{\n<<<<<<< HEAD\n=======\n>>>>>>> theirs\n');
}
