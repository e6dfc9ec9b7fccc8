import { describe, expect, test } from 'vitest';
import { explainEngineError } from '../../../src/stack/diagnose.ts';
import { diagnosed } from '../../fakes/diagnosed.ts';

const lost = { cause: 'data/postgres belongs to user 0', remedy: 'Give it back.' };

describe('why a service does not work', () => {
  test('must be what the engine knows before anything that it said', () => {
    const log = ['FATAL:  sorry, too many clients already'];
    expect(
      diagnosed('postgres', { engineError: 'no such device', outOfMemory: true, places: [lost], log })?.cause,
    ).toBe('the engine: no such device');
    expect(diagnosed('postgres', { outOfMemory: true, places: [lost], log })?.cause).toContain('memory');
    expect(diagnosed('postgres', { places: [lost], log })).toMatchObject(lost);
  });

  test.each([
    [126, /cannot be run/],
    [127, /not in the image/],
    [132, /processor/],
    [137, /killed/],
    [139, /segmentation fault/],
  ])('must be what exit code %i means where it said nothing that is known', (exitCode, cause) => {
    expect(diagnosed('traefik', { exitCode, log: ['bye'] })?.cause).toMatch(cause);
  });

  test('must not be an exit code that says nothing', () => {
    expect(diagnosed('traefik', { exitCode: 1, log: ['bye'] })).toEqual({
      cause: 'its last line: bye',
      known: false,
    });
  });

  test('must be the reason of the last crash, however much the start after it has logged', () => {
    const crash = ['in _setup_new_database', 'DuplicateTable: relation "users" already exists'];
    const log = [...crash, ...Array.from({ length: 100 }, () => 'Setting up.')];
    expect(diagnosed('synapse', { log })).toMatchObject({ isCutOff: true });
    const overcome = [...log, 'sorry, too many clients already'];
    expect(diagnosed('synapse', { log: overcome })?.cause).toContain('no connection left');
  });

  test('must be left open where nothing is known', () => {
    expect(diagnosed('traefik', {})).toBeUndefined();
  });
});

test.each([
  [
    'driver failed programming external connectivity on endpoint traefik: Error starting userland proxy: listen tcp4 0.0.0.0:443: bind: address already in use',
    'port 0.0.0.0:443 is in use by another program',
  ],
  [
    'failed to set up container networking: driver failed programming external connectivity: Bind for 0.0.0.0:80 failed: port is already allocated',
    'port 0.0.0.0:80 is in use by another program',
  ],
  [
    'invalid mount config for type "bind": bind source path does not exist: /srv/matrix/data/postgres',
    '/srv/matrix/data/postgres, which it mounts, is not there',
  ],
  [
    'failed to create task: OCI runtime create failed: exec: "/start.py": stat /start.py: no such file or directory: unknown',
    'its image has no /start.py',
  ],
  ['mkdir /var/lib/docker/overlay2/x: no space left on device', 'the disk is full'],
  ['something else', undefined],
])('the engine’s %s must be told in words', (error, cause) => {
  expect(explainEngineError(error)?.cause).toBe(cause);
});
