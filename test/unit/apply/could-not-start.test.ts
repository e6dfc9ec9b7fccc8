import { expect, test } from 'vitest';
import { couldNotStart } from '../../../src/apply/could-not-start.ts';
import { UnhealthyError, UserError } from '../../../src/errors.ts';

const taken = 'listen tcp4 127.0.0.1:8443: bind: address already in use';

test.each<[string, UserError]>([
  ['Compose', new UserError('docker compose up failed', { code: 'docker.compose', details: [taken] })],
  ['the engine', new UserError(`Docker refused to start a container: ${taken}`, { code: 'docker.refused' })],
])('a start that %s refuses must be told with its cause, and be one to go back from', (_who, refusal) => {
  const error = couldNotStart(['traefik'], refusal);
  expect(error).toBeInstanceOf(UnhealthyError);
  expect(error).toMatchObject({
    service: 'traefik',
    message: 'traefik could not be started: port 127.0.0.1:8443 is in use by another program',
  });
});

test('a start for which nobody could be asked must be told as that', () => {
  const silent = new UserError('Docker does not answer', { code: 'docker.silent' });
  expect(couldNotStart(['traefik'], silent)).toBe(silent);
});
