import { describe, expect, test } from 'vitest';
import type { Settings } from '../../../src/components/component.ts';
import { noticesOfVersions, noticesOfWorks } from '../../../src/plan/judge-upgrade.ts';
import { releaseDocument, type UpgradeGate } from '../../../src/releases/release-document.ts';
import { builtIn } from '../../../src/releases/releases.ts';

const gate = (id: string, more: Partial<UpgradeGate>): UpgradeGate => ({
  ...{ id, part: 'synapse', version: '1.160', when: 'always', must: 'acknowledge' },
  ...{ text: 'Something is new.', remedy: 'Know it.' },
  ...more,
});
const document = releaseDocument.parse({
  ...builtIn,
  denied: [{ part: 'synapse', from: '1.162.0', to: '1.162.1', reason: 'It loses messages.' }],
  gates: [
    gate('always', {}),
    gate('later', { version: '1.170' }),
    gate('option', { when: 'override', option: 'experimental_features.mscX' }),
    gate('gone', { when: 'override', option: 'old', must: 'hold' }),
    gate('modules', { when: 'modules' }),
    gate('bridges', { when: 'application-services' }),
    gate('metrics', { when: 'metrics' }),
    gate('workers', { when: 'workers' }),
  ],
});

const ids = (homeserver: Settings, to = '1.161.0', postgres = 'postgres:17') =>
  noticesOfVersions(
    document,
    [{ service: 'synapse', from: 'matrixdotorg/synapse:v1.158.0', to: `matrixdotorg/synapse:v${to}` }],
    { homeserver, images: { postgres } },
  ).map(({ id, canBeAcknowledged }) => `${id}${canBeAcknowledged ? '' : '!'}`);

describe('a gate between two versions', () => {
  test.each<[Settings, string[]]>([
    [{}, ['always']],
    [{ experimental_features: { mscX: true } }, ['always', 'option']],
    [{ old: null }, ['always', 'gone!']],
    [{ modules: [{ module: 'x' }] }, ['always', 'modules']],
    [{ modules: [] }, ['always']],
    [{ app_service_config_files: ['/conf/extra/irc.yaml'] }, ['always', 'bridges']],
    [{ enable_metrics: true }, ['always', 'metrics']],
  ])('must be told of where it concerns the server: %j', (homeserver, expected) => {
    expect(ids(homeserver)).toEqual(expected);
  });
});

test('a version that is known to be bad must be refused', () => {
  expect(ids({}, '1.162.1')).toContain('synapse-denied!');
});

test('a version below the floor must be refused, also from a mirror', () => {
  const change = {
    service: 'synapse',
    from: 'mirror.test/synapse:v1.95.0',
    to: 'mirror.test/synapse:v1.96.0',
  };
  const notices = noticesOfVersions(document, [change], { homeserver: {}, images: {} });
  expect(notices.map(({ id }) => id)).toContain('synapse-floor');
});

test('a Postgres that is too old for the version must be refused', () => {
  expect(ids({}, '1.161.0', 'postgres:13')).toContain('postgres-too-old!');
});

test('an image whose version is not known must pass', () => {
  const change = { service: 'synapse', from: 'mine/synapse:latest', to: 'mine/synapse:next' };
  expect(noticesOfVersions(document, [change], { homeserver: {}, images: {} })).toEqual([]);
});

describe('work in the background that is not finished', () => {
  const release = { version: '1', schema: 84, compat: 84, changes: [], unknown: [] };
  const works = ['one', 'two'];

  test('must pass where the next version goes on with it', () => {
    expect(noticesOfWorks(release, release, { works })).toEqual([]);
  });

  test('must be told of where the next version does not know it', () => {
    const [notice] = noticesOfWorks(release, { ...release, unknown: ['two'] }, { works });
    expect(notice?.text).toMatch(/: two\./);
  });

  test('must be told of where the next version asks more of the database', () => {
    const [notice] = noticesOfWorks(release, { ...release, compat: 85 }, { works });
    expect(notice?.text).toMatch(/: one, two\./);
  });
});
