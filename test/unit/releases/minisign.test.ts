import { expect, test } from 'vitest';
import { parseKeys, verifyMinisign } from '../../../src/releases/minisign.ts';
import { newSigner } from '../../fakes/minisign.ts';

// Made by minisign 0.11 of Debian: `minisign -G`, and `minisign -S -t 'a comment'`, also with -l.
const text = Buffer.from('A text.\n');
const keyLine = 'RWRlTwFnTGAk2s9sCBTfNhkVOoEZG11m6/tfbgwXI8apvgrPQNs/Brlm';
const keyText = `untrusted comment: minisign public key DA24604C67014F65\n${keyLine}\n`;
const otherText =
  'untrusted comment: minisign public key 4B95DCA70D91F4EF\nRWTv9JENp9yVS1ntTJM2yoqxeQeZfzHHGSTSAti8c9U4C1wHlJedDN2U\n';
const signature = `untrusted comment: signature from minisign secret key
RURlTwFnTGAk2og/BLqnjAxVW/iicD/nX2MZKwyRVYVuS05HLRA4lYPnsU6Ac5Lz0SFtHw9VXMRPiJGJTnQqKX67vqQaQtx+MAQ=
trusted comment: a comment
KMOXq+IAYzwKtiaSHP4QucifQ6e4NJ26Nyx4rbtrlZAnwXhAl+QfjHGFffsr9lMog5HrBmbCDN/TQO4WCv3ZAQ==
`;
const notPrehashed = `untrusted comment: signature from minisign secret key
RWRlTwFnTGAk2nnB1u60gAr3P4FAcJsnwyhWsLoY1u370Fr+Mb44/1xNB7oKJNgX14A2ZRtlnuo4z5HEnq7wy8h5IprBh5f3/gE=
trusted comment: a comment
WPJmir0elEMp6WKAtJ80IH/w2zuKhit14GfB2sMq/UJcESOEsqv11qa5cMDs7n6HYmFnzU2/r0oV86orKDO2Dg==
`;
const keys = parseKeys(keyText);

test('what minisign has signed must be verified, by whichever of the keys', () => {
  expect(verifyMinisign(text, signature, keys)).toBe('a comment');
  expect(verifyMinisign(text, signature, parseKeys(`# Two.\n\n${otherText}${keyText}`))).toBe('a comment');
  expect(verifyMinisign(text, signature.replaceAll('\n', '\r\n'), keys)).toBe('a comment');
});

test.each<[string, Buffer, string, string]>([
  ['another text', Buffer.from('A text!\n'), signature, keyText],
  ['no text', Buffer.from(''), signature, keyText],
  ['another trusted comment', text, signature.replace('a comment', 'no comment'), keyText],
  ['a key that is not known', text, signature, otherText],
  ['no key at all', text, signature, ''],
  ['a signature without prehashing', text, notPrehashed, keyText],
  ['a signature that is cut off', text, signature.split('\n').slice(0, 2).join('\n'), keyText],
  ['an empty signature', text, '', keyText],
  ['a signature with more in it', text, `${signature}more\n`, keyText],
  ['something else than base64', text, signature.replace('RURlTw', 'RURl w'), keyText],
])('%s must be refused', (_, signed, given, known) => {
  expect(() => verifyMinisign(signed, given, parseKeys(known))).toThrow(/^is /);
});

test('the key of another pair with the same number must verify nothing', () => {
  const [key] = parseKeys(newSigner().publicKey);
  const [own] = keys;
  expect(() => verifyMinisign(text, signature, key && own ? [{ id: own.id, bytes: key.bytes }] : [])).toThrow(
    'is of another text',
  );
});

test('a key that is none must be refused, and only comments be no key', () => {
  expect(() => parseKeys(keyLine.slice(4))).toThrow('is not a minisign key');
  expect(parseKeys('# None yet.\n')).toEqual([]);
  expect(keys.map(({ id }) => id)).toEqual(['DA24604C67014F65']);
});
