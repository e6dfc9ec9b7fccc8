import { describe, expect, test } from 'vitest';
import { localConfigValues } from '../../../src/config/create.ts';
import { estimateSeconds } from '../../../src/plan/estimate.ts';
import type { OperationDraft } from '../../../src/plan/operation.ts';
import { inOrder } from '../../../src/plan/order.ts';
import { acquisitions, isEmpty, overwrittenFiles, type Plan } from '../../../src/plan/plan.ts';
import { planToJson } from '../../../src/plan/plan-text.ts';
import { reconcile } from '../../../src/plan/reconcile.ts';
import { planRollback } from '../../../src/plan/rollback.ts';
import { createConfigText } from '../../../src/render/new-config.ts';
import { localConfig, publicConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf, emptyHost, unrecorded } from '../../fakes/observed.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

const bare = (config = localConfig) => ({ ...emptyHost(config), images: new Set<string>() });
const installation = (config = localConfig) => reconcile(desiredOf(config), bare(config));
const { stack } = desiredOf(localConfig);

describe('the order of a plan', () => {
  test.each([
    ['local', localConfig],
    ['public', publicConfig],
  ])('must let every operation of a %s installation wait only for those before it', (_title, config) => {
    const seen = new Set<string>();
    for (const { id, after } of installation(config)) {
      expect(after.filter((other) => !seen.has(other))).toEqual([]);
      seen.add(id);
    }
    expect(seen.size).toBe(installation(config).length);
  });

  test('must not depend on the order in which the operations were found', () => {
    const drafts: OperationDraft[] = [...installation()].reverse();
    const ids = new Set(inOrder(drafts, stack.services, bare()).map(({ id }) => id));
    expect(ids).toEqual(new Set(installation().map(({ id }) => id)));
  });

  test('must refuse operations that wait for one another in a circle', () => {
    const circle = (name: string, from: string): OperationDraft => ({
      kind: 'create-secret',
      resource: name,
      cause: 'test',
      secret: { name, recipe: { kind: 'derived', from: [from], text: (text) => text } },
      access: { mode: 0o600 },
    });
    expect(() => inOrder([circle('a', 'b'), circle('b', 'a')], [], bare())).toThrow(/in a circle/);
  });

  const waitsFor = (id: string, plan = installation()) =>
    plan.find((operation) => operation.id === id)?.after ?? [];
  test.each([
    [
      'a connection file',
      'create-secret secrets/synapse_pg_service.conf',
      'create-secret secrets/synapse_database_password',
    ],
    ['a certificate', 'create-secret secrets/localhost.pem', 'create-secret secrets/local_ca.pem'],
    ['a file', 'write-file synapse/homeserver.yaml', 'create-secret secrets/signing.key'],
    ['a data directory', 'prepare-data data/postgres', 'pull-image image postgres:17'],
    ['a service', 'start-service service synapse', 'write-file synapse/homeserver.yaml'],
    ['a container', 'create-container container of synapse', 'prepare-data data/synapse'],
    ['a database', 'provision database synapse', 'probe postgres answers queries'],
    [
      'a probe through the proxy',
      'probe synapse answers the client API through the proxy',
      'start-service service traefik',
    ],
  ])('%s must wait for what it needs', (_title, id, needed) => {
    expect(waitsFor(id)).toContain(needed);
  });

  test('what does not depend on another must run beside it', () => {
    expect(waitsFor('create-secret secrets/form_secret')).toEqual([]);
    expect(waitsFor('start-service service traefik')).not.toContain('start-service service synapse');
    expect(waitsFor('probe postgres answers queries')).not.toContain('start-service service traefik');
  });

  test('where nothing has served yet, a service must not wait for what is of another', () => {
    expect(waitsFor('start-service service postgres')).not.toContain('write-file synapse/homeserver.yaml');
    expect(waitsFor('start-service service synapse')).toContain('write-file docker-compose.yml');
    for (const id of ['create-container container of synapse', 'start-service service synapse']) {
      expect(waitsFor(id)).not.toContain('prepare-data data/postgres');
      expect(waitsFor(id)).not.toContain('provision database synapse');
    }
  });

  test('what has served must not be touched before everything is ready', () => {
    const recorded = { serverName: stack.serverName, deployment: '0a', things: {}, predecessors: {} };
    const served = { ...bare(), isInstalled: true, identity: { ...unrecorded, recorded } };
    const again = reconcile(desiredOf(localConfig), served);
    const check = 'check-configuration configuration of synapse';
    expect(waitsFor(check, again)).toContain('create-secret secrets/signing.key');
    expect(waitsFor(check, again)).not.toContain('create-secret secrets/localhost.pem');
    expect(waitsFor('write-file docker-compose.yml', again)).toEqual(
      expect.arrayContaining([check, 'prepare-data data/postgres']),
    );
    expect(waitsFor('start-service service traefik', again)).toEqual(
      expect.arrayContaining([check, 'prepare-data data/postgres', 'write-file synapse/homeserver.yaml']),
    );
  });
});

describe('the estimate', () => {
  const step = (id: string, kind: 'pull-image' | 'probe', after: string[] = []) =>
    ({ id, kind, after, resource: id, cause: '' }) as unknown as Plan[number];

  test.each<[string, Plan, number]>([
    ['nothing', [], 0],
    ['what runs side by side', [step('a', 'pull-image'), step('b', 'pull-image')], 20],
    ['a chain', [step('a', 'pull-image'), step('b', 'probe', ['a'])], 23],
    ['a chain whose first part is done already', [step('b', 'probe', ['gone'])], 3],
  ])('of %s must be its longest chain', (_title, plan, seconds) => {
    expect(estimateSeconds(plan)).toBe(seconds);
  });
});

describe('a plan', () => {
  test('of an applied configuration must be empty', () => {
    expect(isEmpty(reconcile(desiredOf(localConfig), appliedHost(localConfig)))).toBe(true);
  });

  test('must be known to its end only when the images are here', () => {
    expect(acquisitions(installation()).map(({ resource }) => resource)).toEqual([
      'image postgres:17',
      'image matrixdotorg/synapse:v1.163.2',
      'image traefik:v3.7.15',
    ]);
  });

  test('must name the files whose edits it would lose', () => {
    const applied = appliedHost(localConfig);
    const files = { ...applied.files, 'postgres/pg_hba.conf': 'mine' };
    expect(overwrittenFiles(reconcile(desiredOf(localConfig), { ...applied, files }))).toEqual([
      'postgres/pg_hba.conf',
    ]);
    expect(overwrittenFiles(installation())).toEqual([]);
  });

  test('must be the same values in JSON, without texts and recipes', () => {
    const json = planToJson(installation());
    expect(json.find(({ kind }) => kind === 'write-file')).toEqual({
      id: 'write-file docker-compose.yml',
      kind: 'write-file',
      resource: 'docker-compose.yml',
      cause: 'not there yet',
      change: 'create',
      after: expect.any(Array),
    });
    expect(new Set(json.flatMap(Object.keys))).toEqual(
      new Set(['id', 'kind', 'resource', 'cause', 'change', 'drift', 'after']),
    );
  });
});

describe('the way back', () => {
  const changed = parseConfig(
    createConfigText({ ...localConfigValues('localhost', 8443), synapse: { max_upload_size: '9M' } }),
  );
  const applied = appliedHost(localConfig);
  const { stack } = desiredOf(localConfig);

  test('must bring back the texts that the plan replaced, then the services that it recreated, and probe those', () => {
    const rollback = planRollback(reconcile(desiredOf(changed), applied), applied, stack) ?? [];
    const replaced = ['docker-compose.yml', 'synapse/homeserver.yaml'];
    expect(rollback.map(({ kind, resource, after }) => ({ kind, resource, after }))).toEqual([
      ...replaced.map((resource) => ({ kind: 'write-file', resource, after: [] })),
      {
        kind: 'start-service',
        resource: 'service synapse',
        after: replaced.map((path) => `write-file ${path}`),
      },
      ...rollback.slice(3).map(({ resource }) => ({
        kind: 'probe',
        resource,
        after: ['start-service service synapse'],
      })),
    ]);
    expect(rollback.slice(3).map(({ resource }) => resource)).toContain('synapse');
    for (const operation of rollback) {
      if (operation.kind === 'write-file')
        expect(operation.file.text).toBe(applied.files[operation.file.path]);
    }
  });

  test.each([
    [
      'a first installation',
      reconcile(desiredOf(localConfig), emptyHost(localConfig)),
      emptyHost(localConfig),
    ],
    ['a plan that recreated nothing', [], applied],
    [
      'an installation that has never served',
      reconcile(desiredOf(changed), { ...applied, isInstalled: false }),
      { ...applied, isInstalled: false },
    ],
  ])('of %s there must be none', (_title, plan, observed) => {
    expect(planRollback(plan, observed, stack)).toBeUndefined();
  });
});
