import { expect, test } from 'vitest';
import type { Exec } from '../../../src/components/service.ts';
import { innerApi } from '../../../src/matrix/inner-api.ts';
import { Secret } from '../../../src/secrets/secret.ts';
import { fakeClock } from '../../fakes/clock.ts';

/** The API inside a container in which commands end so, one after the other, with what it was asked to run. */
function apiIn(...results: { exitCode?: number; stdout?: string; stderr?: string }[]) {
  const asked: Exec[] = [];
  const engine = {
    async exec(_id: string, exec: Exec) {
      asked.push(exec);
      const result = results[asked.length - 1];
      return { exitCode: 0, stdout: '', stderr: '', ...result };
    },
  };
  const interrupt = new AbortController().signal;
  return { api: innerApi('id', { engine, clock: fakeClock(), interrupt }), asked };
}

const get = { method: 'GET', path: '/x' } as const;

test('what is secret must go through the standard input, and what curl reads there be what was meant', async () => {
  const { api, asked } = apiIn({ stdout: '{"event_id":"$1"}\n200' });
  const body = { body: 'a "quoted" \\ word\nand a line' };
  const answer = await api({ method: 'PUT', path: '/x?y=%7B1%7D', body, token: new Secret('hunter2') });
  expect(answer).toEqual({ status: 200, body: { event_id: '$1' } });
  const [{ command, input } = { command: [], input: '' }] = asked;
  expect(command.join(' ')).not.toContain('hunter2');
  const said = (input ?? '').trim().split('\n');
  expect(said).toContain('url = "http://127.0.0.1:8008/x?y=%7B1%7D"');
  expect(said).toContain('request = "PUT"');
  expect(said).toContain('header = "Authorization: Bearer hunter2"');
  // Without the marks of curl's own quotes it is the JSON that was meant.
  const data = said.find((line) => line.startsWith('data-raw = '))?.slice('data-raw = "'.length, -1);
  expect(JSON.parse((data ?? '').replace(/\\(.)/g, '$1'))).toEqual(body);
});

test('a refusal must be an answer, and one of a moment be asked for again', async () => {
  const refused = apiIn({ stdout: '{"errcode":"M_NOT_FOUND"}\n404' });
  expect(await refused.api(get)).toEqual({ status: 404, body: { errcode: 'M_NOT_FOUND' } });
  const busy = apiIn({ stdout: '{"retry_after_ms":5}\n429' }, { stdout: '{}\n200' });
  expect(await busy.api(get)).toEqual({ status: 200, body: {} });
  expect(busy.asked).toHaveLength(2);
});

test.each([
  ['a homeserver that is gone', { exitCode: 7, stderr: 'curl: (7) Failed to connect' }, 'Failed to connect'],
  ['an answer that is none of Matrix', { stdout: '<html>\n200' }, '<html>'],
])('%s must be told as that', async (_case, result, saw) => {
  const { api } = apiIn(result);
  const told = expect.objectContaining({ code: 'matrix.unreachable', message: expect.stringContaining(saw) });
  await expect(api(get)).rejects.toEqual(told);
});
