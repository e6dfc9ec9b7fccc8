import { describe, expect, test } from 'vitest';
import { keyFingerprint } from '../../../../src/host/install/openpgp.ts';
import { archiveKey, otherKey } from '../../../fakes/archive-keys.ts';

const begin = '-----BEGIN PGP PUBLIC KEY BLOCK-----\n';
const end = '-----END PGP PUBLIC KEY BLOCK-----\n';

function bytesOf({ text }: { text: string }): Buffer {
  return Buffer.from(text.split('\n').slice(2, -3).join(''), 'base64');
}

/** A text around bytes, as gpg writes it. */
function armored(bytes: Buffer): string {
  return `${begin}\n${bytes.toString('base64').replace(/.{1,64}/g, '$&\n')}${end}`;
}

/** The same packet with its length told in another of the ways that there are. */
function withLength(header: readonly number[]): string {
  const bytes = bytesOf(archiveKey);
  // Its first packet has a header of two bytes in the old format.
  return armored(Buffer.concat([Buffer.from(header), bytes.subarray(2)]));
}

const length = bytesOf(archiveKey).readUInt8(1);

describe('a key', () => {
  test.each([archiveKey, otherKey])(
    'must have the fingerprint that gpg gives it',
    ({ text, fingerprint }) => {
      expect(keyFingerprint(text)).toBe(fingerprint);
    },
  );

  test.each([
    ['without a checksum', armored(bytesOf(archiveKey))],
    ['with a header', archiveKey.text.replace(begin, `${begin}Comment: of a test\n`)],
    ['without an end of line', archiveKey.text.trimEnd()],
    ['with a length of two bytes', withLength([0x99, 0, length])],
    ['with a length of four bytes', withLength([0x9a, 0, 0, 0, length])],
    ['in the new format', withLength([0xc6, length])],
    ['in the new format with a length of four bytes', withLength([0xc6, 255, 0, 0, 0, length])],
  ])('%s must have the same', (_, text) => {
    expect(keyFingerprint(text)).toBe(archiveKey.fingerprint);
  });
});

describe('a text in which somebody may have hidden another key', () => {
  const both = Buffer.concat([bytesOf(archiveKey), bytesOf(otherKey)]);
  const inTheMiddle = bytesOf(otherKey).toString('base64');

  test.each([
    ['two keys in one block', armored(both)],
    ['two blocks', archiveKey.text + otherKey.text],
    ['a text before it', `${otherKey.text.slice(0, 300)}\n${archiveKey.text}`],
    ['a text after it', `${archiveKey.text}x\n`],
    [
      'padding in the middle',
      armored(bytesOf(archiveKey)).replace(end, `${inTheMiddle.slice(0, 64)}\n${end}`),
    ],
    ['a packet of another type', armored(Buffer.concat([bytesOf(archiveKey), Buffer.from([0xfc, 1, 0])]))],
    ['a packet that is not whole', armored(bytesOf(archiveKey).subarray(0, -1))],
    ['a header that is not whole', armored(Buffer.concat([bytesOf(archiveKey), Buffer.from([0x99])]))],
    ['a packet in parts', withLength([0xc6, 224 + 5])],
    ['a packet of a length that is not told', withLength([0x9b])],
    ['bytes that are no packet', armored(Buffer.concat([bytesOf(archiveKey), Buffer.from([1])]))],
    ['a key of version 6', withLength([0x98, length]).replace('mDME', 'mDMG')],
    ['no key', `${begin}\n${end}`],
    ['a web page', '<!doctype html>\n'],
    ['nothing', ''],
  ])('%s must not be taken for a key', (_, text) => {
    expect(keyFingerprint(text)).toBeUndefined();
  });
});
