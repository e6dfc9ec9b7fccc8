import { describe, expect, test } from 'vitest';
import type { FoundEntry, ObservedAccess } from '../../src/plan/observed-state.ts';
import { planToLines } from '../../src/plan/plan-text.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { judgeAccess } from '../../src/procedures/status/access.ts';
import { localConfig } from '../fakes/configurations.ts';
import { appliedHost, desiredOf } from '../fakes/observed.ts';

type Found = Record<string, Partial<FoundEntry>>;

/** The plan where these things are found, of root's unless they say otherwise. */
function plannedWith(found: Found, who: Partial<ObservedAccess> = {}) {
  const entries = Object.entries(found).map(([path, entry]) => [
    path,
    { uid: 0, gid: 0, mode: 0o700, isDirectory: !/\.\w+$/.test(path), ...entry },
  ]);
  const access = { uid: 0, gid: 0, mapsUsers: false, ...who, found: Object.fromEntries(entries) };
  return reconcile(desiredOf(localConfig), { ...appliedHost(localConfig), access });
}

const linesWith = (found: Found, who?: Partial<ObservedAccess>) => planToLines(plannedWith(found, who));

test('what is protected as it is to be must need nothing', () => {
  const found = {
    secrets: {},
    'secrets/signing.key': { uid: 991, gid: 991, mode: 0o400 },
    'secrets/localhost.key': { uid: 65_532, gid: 65_532, mode: 0o400 },
    'secrets/local_ca.key': { mode: 0o600 },
    'secrets/operator/mail.pass': { mode: 0o600 },
    'secrets/bundles/synapse-1': { mode: 0o755 },
    'secrets/bundles/synapse-1/a.yml': { mode: 0o444 },
    'data/synapse': { uid: 991, gid: 991 },
    state: {},
    cache: {},
    'synapse/homeserver.yaml': { mode: 0o644 },
    'matrix.yaml': { mode: 0o600 },
  };
  expect(linesWith(found)).toEqual([]);
});

test('files of the operator must stay whose they are', () => {
  expect(linesWith({ 'synapse/extra': { uid: 1000, gid: 1000 } })).toEqual([]);
});

describe('what has drifted must be repaired', () => {
  test.each<[string, Partial<FoundEntry>, string]>([
    ['secrets', { mode: 0o755 }, 'mode 0755 in place of 0700'],
    ['secrets', { uid: 1000 }, 'owner 1000:0 in place of 0:0'],
    ['secrets/signing.key', { uid: 991, gid: 991, mode: 0o666 }, 'mode 0666 in place of 0400'],
    ['secrets/signing.key', { mode: 0o444 }, 'owner 0:0 in place of 991:991, mode 0444 in place of 0400'],
    ['secrets/local_ca.key', { mode: 0o444 }, 'mode 0444 in place of 0600'],
    ['secrets/operator/mail', { mode: 0o640 }, 'mode 0640 in place of 0600'],
    ['secrets/bundles/synapse-1/a.yml', { mode: 0o666 }, 'mode 0666 in place of 0444'],
    ['data/synapse', { uid: 991, gid: 991, mode: 0o755 }, 'mode 0755 in place of 0700'],
    ['data/postgres', { uid: 0 }, 'owner 0:0 in place of 999:999'],
    ['data', { mode: 0o777 }, 'mode 0777 in place of 0755'],
    ['state', { mode: 0o711 }, 'mode 0711 in place of 0700'],
    ['cache', { mode: 0o755 }, 'mode 0755 in place of 0700'],
    ['docker-compose.yml', { mode: 0o646 }, 'mode 0646 in place of 0644'],
    ['traefik/dynamic', { mode: 0o775 }, 'mode 0775 in place of 0755'],
    ['matrix.yaml', { mode: 0o666 }, 'mode 0666 in place of 0644'],
    // What is in it becomes a part of the homeserver's configuration.
    ['synapse/extra', { mode: 0o777 }, 'mode 0777 in place of 0700'],
  ])('%s as %j', (path, entry, cause) => {
    expect(linesWith({ [path]: entry })).toEqual([`~ ${path}  ${cause}`]);
  });
});

describe('where a secret cannot be given to the user of a container, its directory must be the guard:', () => {
  test.each<[string, Partial<ObservedAccess>]>([
    ['run by another user than root', { uid: 1000, gid: 1000 }],
    ['with an engine that maps users', { mapsUsers: true }],
  ])('%s', (_title, who) => {
    const owner = { uid: who.uid ?? 0, gid: who.gid ?? 0 };
    expect(linesWith({ 'secrets/signing.key': { ...owner, mode: 0o444 } }, who)).toEqual([]);
    expect(linesWith({ 'secrets/signing.key': { ...owner, mode: 0o644 } }, who)).toHaveLength(1);
    // Who it is to be on the host is not known.
    expect(linesWith({ 'data/synapse': { uid: 100_991 } }, who)).toEqual([]);
  });
});

describe('status', () => {
  test('must fail where others could read or change something', () => {
    const found = {
      secrets: { mode: 0o755 },
      'secrets/signing.key': { uid: 991, gid: 991, mode: 0o666 },
      'data/synapse': { uid: 991, gid: 991, mode: 0o755 },
      'synapse/extra': { mode: 0o705 },
    };
    const findings = judgeAccess(plannedWith(found));
    expect(findings.map(({ verdict }) => verdict)).toEqual(['failed', 'failed', 'failed', 'failed']);
  });

  test('must say nothing of a secret that others could only read if they could enter its directory', () => {
    expect(judgeAccess(plannedWith({ 'secrets/local_ca.key': { mode: 0o444 } }))).toEqual([]);
  });

  test('must say nothing of a cache that the engine has created again', () => {
    expect(judgeAccess(plannedWith({ cache: { mode: 0o755 } }))).toEqual([]);
    expect(judgeAccess(plannedWith({ cache: { mode: 0o777 } }))).toHaveLength(1);
  });
});
