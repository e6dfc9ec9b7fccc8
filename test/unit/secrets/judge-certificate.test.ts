import { generateKeyPairSync } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import { judgeCertificate } from '../../../src/secrets/judge-certificate.ts';
import { Authority, selfSigned } from '../../lab/certificates.ts';

const now = new Date();
const day = 24 * 60 * 60 * 1000;
const authority = await Authority.create('Company CA');
const root = authority.certificate.toString('pem');
const names = ['example.org', 'matrix.example.org'];
const good = await authority.issue(names);
const other = await authority.issue(names);

const encrypted = generateKeyPairSync('ec', {
  namedCurve: 'P-256',
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem', cipher: 'aes-256-cbc', passphrase: 'x' },
}).privateKey;
const expired = await authority.issue(names, { notAfter: new Date(now.getTime() - day) });
const early = await authority.issue(names, { notBefore: new Date(now.getTime() + day) });
const alone = await selfSigned('example.org');

function judge(files: { chain?: string; key?: string }, roots: string | undefined = root, wanted = names) {
  const paths = { chain: 'chain.pem', key: 'key.pem' };
  return judgeCertificate(
    { chain: good.certificate, key: good.key, ...files },
    { paths, names: wanted, roots, now },
  );
}

describe('a certificate of files', () => {
  test('must be taken when it is for all names, and its chain leads to a trusted root', () => {
    expect(judge({})).toMatchObject({ issues: [] });
    expect(judge({ chain: `${good.certificate}\n${root}` })).toMatchObject({ issues: [] });
  });

  test('must be taken for names below a wildcard', async () => {
    const wild = await authority.issue(['example.org', '*.example.org']);
    expect(judge({ chain: wild.certificate, key: wild.key }).issues).toEqual([]);
  });

  test('must be the same text however the files are laid out', () => {
    const laidOut = judge({ chain: `a comment\n\n${good.certificate}\n\n`, key: `\n${good.key}\n` });
    expect(laidOut.certificate?.pem).toBe(judge({}).certificate?.pem);
    expect(judge({ chain: other.certificate, key: other.key }).certificate?.pem).not.toBe(
      judge({}).certificate?.pem,
    );
  });

  test.each<[string, Parameters<typeof judge>, RegExp]>([
    ['a key of another one', [{ key: other.key }], /does not belong/],
    ['a key that is encrypted', [{ key: encrypted }], /encrypted/],
    ['no key', [{ key: good.certificate }], /no private key/],
    ['a damaged key', [{ key: good.key.replace(/\n.{20}/, '\n????????????????????') }], /cannot be read/],
    ['nothing', [{ chain: '' }], /no certificate in PEM form/],
    ['a file in DER', [{ chain: '0\x82\x01\x02' }], /DER/],
    ['a file that is cut off', [{ chain: good.certificate.slice(0, -30) }], /cut off/],
    ['a damaged one', [{ chain: good.certificate.replace(/\nM.{40}/, '\nMAAA') }], /damaged/],
    ['one that has expired', [{ chain: expired.certificate, key: expired.key }], /expired on/],
    ['one that is not valid yet', [{ chain: early.certificate, key: early.key }], /not valid before/],
    ['another name', [{}, root, ['chat.example.org']], /not for chat\.example\.org/],
    ['a chain without its root', [{}, ''], /incomplete: Company CA/],
    ['the wrong order', [{ chain: `${root}\n${good.certificate}` }], /begins with the certificate of a CA/],
    [
      'another certificate behind it',
      [{ chain: `${good.certificate}\n${other.certificate}` }],
      /not by certificate 2/,
    ],
    [
      'one that nobody vouches for',
      [{ chain: alone.certificate, key: alone.key }, root, ['example.org']],
      /not a public CA certificate/,
    ],
  ])('must be refused with %s, in one sentence', (_, given, said) => {
    const { issues } = judge(...given);
    expect(issues).toHaveLength(1);
    expect(issues[0]).toMatch(said);
  });

  test.each<[string, Parameters<typeof judge>, boolean]>([
    ['of which only the key is new', [{ key: other.key }], true],
    ['of which only the certificate is new', [{ chain: other.certificate }], true],
    ['that is written just now', [{ chain: good.certificate.slice(0, 300) }], true],
    ['whose key is written just now', [{ key: '' }], true],
    ['that is whole', [{}], false],
    ['that is whole and has expired', [{ chain: expired.certificate, key: expired.key }], false],
    ['that is for another name', [{}, root, ['example.net']], false],
  ])('%s must be known from a whole one', (_, given, isHalfRenewed) => {
    expect(judge(...given)).toMatchObject({ isHalfRenewed });
  });

  test('must be refused with everything that is wrong', () => {
    expect(judge({ key: other.key }, '', ['chat.example.org']).issues).toHaveLength(3);
  });
});
