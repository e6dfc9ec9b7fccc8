import { describe, expect, test } from 'vitest';
import { runEnds } from '../../../src/backup/pipe.ts';
import { watchTarget } from '../../../src/backup/restic-watch.ts';

/** An end that works until it is stopped, as one that waits for the other to open the pipe. */
const waiting = ({ stop }: { stop: AbortSignal }) =>
  new Promise<string>((resolve) => stop.addEventListener('abort', () => resolve('stopped')));

describe('the ends of a pipe', () => {
  test('must both end where the writer ends before it has opened it', async () => {
    const { read, stopped } = await runEnds({ writer: async () => 'ended', reader: waiting });
    expect({ read, stopped }).toEqual({ read: { status: 'fulfilled', value: 'stopped' }, stopped: 'reader' });
  });

  test.each([
    ['ends', async () => 'ended'],
    ['fails', async () => Promise.reject(new Error('no repository'))],
  ])('must both end where the reader %s before it was opened', async (_, reader) => {
    const { written, stopped } = await runEnds({ writer: waiting, reader });
    expect({ written, stopped }).toEqual({
      written: { status: 'fulfilled', value: 'stopped' },
      stopped: 'writer',
    });
  });

  test('must both end where the reader fails while the writer writes', async () => {
    const { written } = await runEnds({
      writer(end) {
        end.opened();
        return waiting(end);
      },
      reader: async () => Promise.reject(new Error('the server is gone')),
    });
    expect(written).toEqual({ status: 'fulfilled', value: 'stopped' });
  });

  test('must end by themselves where everything was written', async () => {
    const { written, read, stopped } = await runEnds({
      async writer({ opened }) {
        opened();
        return 'written';
      },
      reader: async () => 'read',
    });
    expect([written.status, read.status, stopped]).toEqual(['fulfilled', 'fulfilled', undefined]);
  });
});

describe('a server that fails', () => {
  const place = { kind: 'rest', url: 'https://backup.example.org/' } as const;
  const refused = 'Stat(<config/0>) returned error, retrying after 1s: SignatureDoesNotMatch';
  const silent = 'Save(<data/1>) returned error, retrying after 1s: dial tcp: connection refused';
  const ended = (stop: AbortSignal) =>
    new Promise<void>((resolve) => stop.addEventListener('abort', () => resolve()));

  test('must be given up at once where it will always refuse', () => {
    const watch = watchTarget({ place }, {});
    watch.heard(refused);
    expect([watch.stop.aborted, watch.verdict()]).toEqual([true, 'refused']);
    watch.end();
  });

  test('must be given up after a while where it does not answer, and not while it does', async () => {
    const watch = watchTarget({ place, patience: 0.0001 }, {});
    watch.heard(silent);
    expect(watch.stop.aborted).toBe(false);
    await ended(watch.stop);
    expect(watch.verdict()).toBe('unreachable');
    watch.end();
  });

  test('must not be given up on a directory of this host', () => {
    const watch = watchTarget({ place: { kind: 'local', path: '/' } }, {});
    watch.heard(refused);
    expect(watch.stop.aborted).toBe(false);
    watch.end();
  });
});
