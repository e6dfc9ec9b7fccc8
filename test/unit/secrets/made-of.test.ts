import { beforeAll, describe, expect, test } from 'vitest';
import type { SecretRecipe } from '../../../src/components/secret.ts';
import { issueAuthority, issueCertificate } from '../../../src/secrets/certificates.ts';
import { isMadeOf } from '../../../src/secrets/made-of.ts';
import { newPrivateKey } from '../../../src/secrets/private-key.ts';

const now = new Date('2026-01-01T00:00:00Z');
const [key, authorityKey, otherKey] = [newPrivateKey(), newPrivateKey(), newPrivateKey()];
const recipes = {
  authority: { kind: 'authority', key: 'ca.key', commonName: 'CA' },
  certificate: { kind: 'certificate', key: 'key', authority: 'ca.pem', authorityKey: 'ca.key', names: ['a'] },
  derived: {
    kind: 'derived',
    from: ['key', 'ca.key'],
    text: (...secrets: readonly string[]) => `made of ${secrets.join()}`,
  },
} as const satisfies Record<string, SecretRecipe>;
const texts = { authority: '', certificate: '', derived: `made of ${key},${authorityKey}` };
beforeAll(async () => {
  texts.authority = await issueAuthority('CA', authorityKey, now);
  texts.certificate = await issueCertificate({
    names: ['a'],
    key,
    authority: texts.authority,
    authorityKey,
    now,
  });
});
const judge = (kind: keyof typeof texts, others: Record<string, string>, text = texts[kind]) =>
  isMadeOf(recipes[kind], text, (name) => others[name]);

describe('what is made of others', () => {
  const own = { key, 'ca.key': authorityKey };

  test.each(['authority', 'certificate', 'derived'] as const)('must be known by them: %s', (kind) => {
    expect(judge(kind, own)).toBe(true);
    expect(judge(kind, own, 'nonsense')).toBe(false);
  });

  test.each([
    ['authority', { 'ca.key': otherKey }],
    ['certificate', { ...own, key: otherKey }],
    ['certificate', { ...own, 'ca.key': otherKey }],
    ['derived', { ...own, key: otherKey }],
    ['derived', { ...own, 'ca.key': otherKey }],
  ] as const)('must not be taken for what another one makes: %s', (kind, others) => {
    expect(judge(kind, others)).toBe(false);
  });

  test('must not be taken for one of other names', () => {
    const recipe = { ...recipes.certificate, names: ['a', 'b'] };
    expect(isMadeOf(recipe, texts.certificate, (name) => ({ ...own })[name])).toBe(false);
  });

  test('must not be judged by what is not there', () => {
    expect(judge('certificate', {})).toBe(true);
    expect(judge('derived', { key: otherKey })).toBe(true);
  });
});
