import { expect, test } from 'vitest';
import type { StackContext } from '../../../src/components/component.ts';
import { postgres } from '../../../src/components/postgres/postgres.ts';
import { holdsSeconds } from '../../../src/components/traefik/settings.ts';
import { localConfigValues } from '../../../src/config/create.ts';
import { differencesOfTransfer, parseTransfer, plannedTransfers } from '../../../src/plan/transfers.ts';
import { createConfigText } from '../../../src/render/new-config.ts';
import { readTemplate } from '../../../src/render/template.ts';
import { appliedHost, desiredOf } from '../../fakes/observed.ts';
import { parseConfig } from '../../fakes/parse-config.ts';

test('requests must be held as long as the plan says', () => {
  expect(readTemplate('traefik/routes.yml')).toContain(`timeout: "${holdsSeconds}s"`);
});

test('databases of further components must come along by their descriptions', () => {
  const database = (name: string) => ({
    ...{ name, role: name, password: `${name}_password`, inUse: 'users' },
    saving: { skip: [], counted: [], afterRestore: [], problems: [] },
  });
  const [transfer] = postgres
    .describe(postgres.options.parse({}), {
      image: (tag: string) => tag,
      edge: {},
    } as StackContext)
    .transfers({ routes: [], homeserver: {}, databases: [database('synapse'), database('bridge')] });
  expect(transfer).toMatchObject({
    databases: ['synapse', 'bridge'],
    secrets: ['synapse_password', 'bridge_password'],
  });
  const script = transfer?.job.entrypoint.join(' ') ?? '';
  expect(script.match(/pg_dump .*--dbname=\w+ --section=data/g)).toHaveLength(2);
  expect(
    transfer?.input(
      () => 'secret',
      (size) => new Uint8Array(size),
    ),
  ).toContain('CREATE DATABASE "bridge"');
});

const told = [
  'before\tsynapse\ttable public.events\t12',
  'before\tsynapse\tsequence public.events_stream_seq\t40',
  'what a program says beside',
  'after\tsynapse\ttable public.events\t12',
  'after\tsynapse\tsequence public.events_stream_seq\t40',
  'identity\tsynapse\t7/16384',
];

test('a database that has what it had must be taken for whole', () => {
  expect(differencesOfTransfer(parseTransfer(told), ['synapse'])).toEqual([]);
});

test.each<[string, (lines: string[]) => string[]]>([
  ['fewer rows', (lines) => lines.map((line) => line.replace(/^(after.*events\t)12/, '$111'))],
  ['another sequence', (lines) => lines.map((line) => line.replace(/^(after.*seq\t)40/, '$139'))],
  ['no such table', (lines) => lines.filter((line) => !/^after.*events\t/.test(line))],
  ['a table that was not there', (lines) => [...lines, 'after\tsynapse\ttable public.more\t0']],
  ['nothing that was counted', () => []],
  ['no name in the new server', (lines) => lines.filter((line) => !line.startsWith('identity'))],
])('a database with %s must be told of', (_case, change) => {
  expect(differencesOfTransfer(parseTransfer(change(told)), ['synapse'])).toHaveLength(1);
});

test('every database of a server must be compared', () => {
  expect(differencesOfTransfer(parseTransfer(told), ['synapse', 'bridge'])).toEqual([
    expect.stringContaining('bridge'),
  ]);
});

const configOf = (image: string) =>
  parseConfig(createConfigText({ ...localConfigValues('localhost', 8443), postgres: { image } }));
const planned = (from: string, to: string, different = {}) => {
  const observed = { ...appliedHost(configOf(`postgres:${from}`)), ...different };
  const { stack } = desiredOf(configOf(`postgres:${to}`));
  return plannedTransfers(stack, observed).map((one) => [one.data.path, one.from, one.to]);
};

test.each([
  ['15', '18'],
  ['16.4', '18.1'],
  ['17-alpine', '18-alpine'],
])('data must be transferred from Postgres %s to %s', (from, to) => {
  const major = (tag: string) => tag.slice(0, 2);
  expect(planned(from, to)).toEqual([['data/postgres', major(from), major(to)]]);
});

test.each([
  ['to a release of the same major version', '17.1', '17.5', {}],
  ['to an older one', '18', '17', {}],
  ['where nothing has served', '17', '18', { isInstalled: false }],
  ['where it was transferred already', '17', '18', { dataReleases: { 'data/postgres': '18' } }],
  ['where the image before cannot read it', '16', '18', { dataReleases: { 'data/postgres': '17' } }],
])('nothing must be transferred %s', (_case, from, to, different) => {
  expect(planned(from, to, different)).toEqual([]);
});
