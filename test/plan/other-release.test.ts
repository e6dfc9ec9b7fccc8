import { expect, test } from 'vitest';
import { majorOf } from '../../src/components/postgres/postgres.ts';
import { localConfigValues } from '../../src/config/create.ts';
import { refuseUntransferred, successions } from '../../src/plan/other-release.ts';
import { reconcile } from '../../src/plan/reconcile.ts';
import { createConfigText } from '../../src/render/new-config.ts';
import { appliedHost, desiredOf, unrecorded } from '../fakes/observed.ts';
import { parseConfig } from '../fakes/parse-config.ts';

test.each([
  ['postgres:17', '17'],
  ['postgres:17.5-alpine3.22', '17'],
  ['registry.example:5000/mirror/postgres:16@sha256:0123', '16'],
  ['postgres:18', '18'],
  ['mine/postgres:latest', undefined],
  ['mine/postgres:2026-01-01', undefined],
])('%s must be taken for an image of release %s', (image, major) => {
  expect(majorOf(image)).toBe(major);
});

const configOf = (image: string) =>
  parseConfig(createConfigText({ ...localConfigValues('localhost', 8443), postgres: { image } }));
const before = appliedHost(configOf('postgres:17'));
const plan =
  (image: string, different = {}) =>
  () =>
    reconcile(desiredOf(configOf(image)), { ...before, ...different });
const refusal = expect.objectContaining({ code: 'config.release' });

test('data of a newer release of Postgres must be refused before anything is done', () => {
  expect(plan('postgres:16', { dataReleases: { 'data/postgres': '17' } })).toThrow(refusal);
});

test('those who may not look at the data must be told by the image that it ran with', () => {
  expect(plan('postgres:16')).toThrow(refusal);
});

test('data of an older release must be refused where nobody can read it', () => {
  expect(plan('postgres:18', { dataReleases: { 'data/postgres': '16' } })).toThrow(refusal);
  expect(plan('postgres:18', { isInstalled: false, identity: unrecorded })).toThrow(refusal);
});

test('data that was not transferred yet must not be started with a newer release', () => {
  const { stack } = desiredOf(configOf('postgres:18'));
  expect(() => refuseUntransferred(stack, before, [])).toThrow(refusal);
  expect(() => refuseUntransferred(stack, before, ['data/postgres'])).not.toThrow();
});

test.each([
  ['a newer release, to which there is a way', 'postgres:18', { dataReleases: { 'data/postgres': '17' } }],
  ['another image of the same release', 'postgres:17.5', {}],
  ['an image whose tag does not say', 'mine/postgres:latest', {}],
  ['data that the release itself has made', 'postgres:18', { dataReleases: { 'data/postgres': '18' } }],
  [
    'no data',
    'postgres:18',
    { data: new Set(), dataInUse: new Set(), isInstalled: false, identity: unrecorded },
  ],
])('%s must be planned', (_case, image, different) => {
  expect(plan(image, different)).not.toThrow();
});

const synapseOf = (image: string) =>
  parseConfig(createConfigText({ ...localConfigValues('localhost', 8443), synapse: { image } }));

test('a Synapse that does not start with the database must be refused before anything is done, and an older one be planned', () => {
  const ran = appliedHost(synapseOf('mine/synapse:v1.163.2'));
  const planned = (image: string) => () => reconcile(desiredOf(synapseOf(image)), ran);
  expect(planned('mine/synapse:v1.99.0')).toThrow(refusal);
  expect(planned('mine/synapse:v1.160.0')).not.toThrow();
  const { stack } = desiredOf(synapseOf('mine/synapse:v1.160.0'));
  expect(successions(stack, ran)).toMatchObject([{ verdict: 'warning', setting: 'synapse.image' }]);
  expect(successions(stack, { ...ran, isInstalled: false })).toEqual([]);
});
