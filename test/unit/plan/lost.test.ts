import { describe, expect, test } from 'vitest';
import { adopted, refuseLost, refuseReplaced } from '../../../src/plan/lost.ts';
import type { ObservedState } from '../../../src/plan/observed-state.ts';
import { refuseOtherServerName } from '../../../src/plan/permanent.ts';
import { withoutWitness } from '../../../src/stack/identity.ts';
import { localConfig } from '../../fakes/configurations.ts';
import { appliedHost, desiredOf, emptyHost, unrecorded } from '../../fakes/observed.ts';

const { stack } = desiredOf(localConfig);
const applied = appliedHost(localConfig);
const judge = (observed: ObservedState) => () => {
  refuseOtherServerName(stack, observed);
  refuseReplaced(stack, observed);
  refuseLost(stack, observed);
};
const without = (all: ReadonlySet<string>, gone: string) => new Set([...all].filter((name) => name !== gone));
const seeing = (name: string, identity: string): ObservedState => ({
  ...applied,
  identity: { ...applied.identity, seen: { ...applied.identity.seen, [name]: identity } },
});
const noKey = { secrets: without(applied.secrets, 'signing.key') };
const noData = { data: without(applied.data, 'data/synapse') };
const noDatabase = { provisions: new Map([['database synapse', 'absent' as const]]) };

describe('what a deployment had must not be created again', () => {
  test.each<[string, Partial<ObservedState>, string]>([
    ['the signing key', noKey, 'secrets/signing.key is gone'],
    ['a data directory', noData, 'data/synapse is gone'],
    ['a database', noDatabase, 'database synapse is gone'],
    ['a token', { secrets: without(applied.secrets, 'form_secret') }, 'form_secret is gone'],
    ['several', { ...noKey, ...noData }, 'data/synapse, secrets/signing.key are gone'],
  ])('%s, whatever else is gone', (_title, lost, message) => {
    const error = expect.objectContaining({ exitCode: 4, message: expect.stringContaining(message) });
    expect(judge({ ...applied, ...lost })).toThrow(error);
    expect(judge({ ...applied, ...lost, files: {} }), 'no docker-compose.yml').toThrow(error);
    expect(judge({ ...applied, ...lost, identity: unrecorded }), 'no record').toThrow(error);
    expect(judge({ ...applied, ...lost, identity: unrecorded, files: {} }), 'neither').toThrow(error);
  });

  test('a key before which there can have been no data of its service, though nothing has served yet', () => {
    const begun = { ...emptyHost(localConfig), dataInUse: new Set(['data/synapse']) };
    expect(judge(begun)).toThrow('secrets/signing.key is gone');
  });
});

describe('what was not there yet must be created', () => {
  test.each<[string, ObservedState]>([
    ['in a first installation', emptyHost(localConfig)],
    [
      'in a first installation that died',
      { ...applied, identity: unrecorded, ...noData, ...noDatabase, isInstalled: false },
    ],
    [
      'for a part that is new',
      {
        ...applied,
        ...noData,
        identity: {
          ...applied.identity,
          recorded: { serverName: stack.serverName, deployment: '0a1b2c', things: {}, predecessors: {} },
        },
      },
    ],
    [
      'for a part that is new, in a deployment without a record',
      {
        ...applied,
        identity: unrecorded,
        ...noData,
        files: { 'docker-compose.yml': 'name: matrix-localhost' },
      },
    ],
  ])('%s', (_title, observed) => {
    expect(judge(observed)).not.toThrow();
  });
});

describe('what is not the own must be refused', () => {
  test.each<[string, ObservedState, string]>([
    ['another key', seeing('secrets/signing.key', 'ed25519:a_other key'), 'recorded is ed25519:a_own key'],
    [
      'another cluster',
      seeing('data/postgres', withoutWitness),
      'there is no .matrix-deploy-0a1b2c in data/postgres',
    ],
    ['other media', seeing('data/synapse', withoutWitness), 'in data/synapse/media_store'],
    [
      'another database of the name',
      seeing('database synapse', '8/16384'),
      'it is 8/16384; recorded is 7/16384',
    ],
  ])('%s, by name', (_title, observed, detail) => {
    expect(judge(observed)).toThrow(
      expect.objectContaining({
        exitCode: 4,
        code: 'plan.replaced',
        details: expect.arrayContaining([expect.stringContaining(detail)]),
      }),
    );
  });

  test('also when only the copy of the record beside it is left, of another server', () => {
    const recorded = { serverName: 'other.org', deployment: 'ff', things: {}, predecessors: {} };
    const observed = { ...applied, identity: { recorded, dataOf: 'other.org', seen: {} } };
    expect(judge(observed)).toThrow(expect.objectContaining({ exitCode: 4, code: 'plan.replaced' }));
  });

  test('a secret that another one may replace is not compared', () => {
    expect(judge(seeing('secrets/form_secret', 'anything'))).not.toThrow();
  });

  test('what is adopted must pass, and what is gone must not', () => {
    const adopt = (observed: ObservedState) => ({ ...observed, identity: adopted(observed.identity) });
    const other = seeing('database synapse', '8/16384');
    expect(judge(adopt(other))).not.toThrow();
    expect(judge(adopt({ ...other, ...noKey }))).toThrow('secrets/signing.key is gone');
  });
});
