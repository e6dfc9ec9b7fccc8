import { describe, expect, test } from 'vitest';
import { execute, type Perform } from '../../../src/apply/execute.ts';
import { CancelledError } from '../../../src/errors.ts';
import type { ApplyEvent } from '../../../src/plan/events.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import { fakeClock } from '../../fakes/clock.ts';

const operation = (id: string, after: string[] = []): Operation => ({
  id,
  after,
  kind: 'start-service',
  service: id,
  change: 'create',
  resource: `service ${id}`,
  cause: 'test',
});

/** Work whose operations end when the test says so. */
function controlledWork() {
  const log: string[] = [];
  const running = new Map<string, { resolve(): void; reject(error: Error): void; stop(): void }>();
  const perform: Perform = ({ id }, signal) =>
    new Promise((resolve, reject) => {
      log.push(`start ${id}`);
      signal.addEventListener('abort', () => log.push(`told ${id}`), { once: true });
      running.set(id, { resolve, reject, stop: () => reject(signal.reason) });
    });
  const converged = () => new Promise((resolve) => setImmediate(resolve));
  return {
    log,
    perform,
    async end(id: string) {
      running.get(id)?.resolve();
      await converged();
    },
    /** Ends what was told to stop, as it must. */
    async stop(id: string) {
      running.get(id)?.stop();
      await converged();
    },
    async fail(id: string, message: string) {
      running.get(id)?.reject(new Error(message));
      await converged();
    },
  };
}

function begin(plan: Operation[]) {
  const work = controlledWork();
  const interrupt = new AbortController();
  const events: ApplyEvent[] = [];
  const run = execute(plan, work.perform, {
    emit: (event) => events.push(event),
    clock: fakeClock(),
    interrupt: interrupt.signal,
  });
  const result = run.then(
    () => 'done' as const,
    (error: Error) => error,
  );
  return { ...work, interrupt, events, result };
}

test('what waits for nothing must start at once, side by side', async () => {
  const { log, end, result } = begin([operation('a'), operation('b')]);
  expect(log).toEqual(['start a', 'start b']);
  await end('b');
  await end('a');
  expect(await result).toBe('done');
});

test('an operation must start when all that it waits for have ended, and no earlier', async () => {
  const { log, end, result } = begin([operation('a'), operation('b'), operation('c', ['a', 'b'])]);
  await end('a');
  expect(log).not.toContain('start c');
  await end('b');
  expect(log).toContain('start c');
  await end('c');
  expect(await result).toBe('done');
});

test('what an operation waits for counts only when it is in the plan', async () => {
  const { end, result } = begin([operation('a', ['done by an earlier plan'])]);
  await end('a');
  expect(await result).toBe('done');
});

describe('after a failure', () => {
  test('nothing new must start, what runs must be told and waited for, and the first reason must be thrown', async () => {
    const { log, fail, end, result } = begin([operation('a'), operation('b'), operation('c', ['b'])]);
    await fail('a', 'first');
    expect(log).toContain('told b');
    await end('b');
    expect(log).not.toContain('start c');
    expect(await result).toMatchObject({ message: 'first' });
  });

  test('a second failure must not hide the first', async () => {
    const { fail, result } = begin([operation('a'), operation('b')]);
    await fail('b', 'first');
    await fail('a', 'second');
    expect(await result).toMatchObject({ message: 'first' });
  });
});

describe('after an interrupt', () => {
  test('what runs must be finished, and nothing new started', async () => {
    const { log, interrupt, end, result } = begin([operation('a'), operation('b', ['a'])]);
    interrupt.abort();
    await end('a');
    expect(await result).toBeInstanceOf(CancelledError);
    expect(log).toEqual(['start a', 'told a']);
  });

  test('before the first operation nothing must start', async () => {
    const work = controlledWork();
    const options = { emit() {}, clock: fakeClock(), interrupt: AbortSignal.abort() };
    await expect(execute([operation('a')], work.perform, options)).rejects.toBeInstanceOf(CancelledError);
    expect(work.log).toEqual([]);
  });
});

test('an empty plan must end', async () => {
  const { result, events } = begin([]);
  expect(await result).toBe('done');
  expect(events.map(({ type }) => type)).toEqual(['begin', 'end']);
});

const told = (events: readonly ApplyEvent[]) =>
  events.map((event) => ('operation' in event ? `${event.type} ${event.operation.id}` : event.type));

test('every operation must be told of, from its start to its end', async () => {
  const { events, end, fail, result } = begin([operation('a'), operation('b', ['a'])]);
  await end('a');
  await fail('b', 'no');
  await result;
  expect(told(events)).toEqual(['begin', 'start a', 'done a', 'start b', 'fail b', 'end']);
});

describe('what is not done must be told of as cancelled', () => {
  test('where it stopped because another one failed, or never started', async () => {
    const plan = [operation('a'), operation('b'), operation('c', ['b'])];
    const { events, fail, stop, result } = begin(plan);
    await fail('a', 'first');
    await stop('b');
    expect(await result).toMatchObject({ message: 'first' });
    expect(told(events)).toEqual(['begin', 'start a', 'start b', 'fail a', 'cancel b', 'cancel c', 'end']);
  });

  test('where the operator interrupted', async () => {
    const { events, interrupt, stop, result } = begin([operation('a'), operation('b', ['a'])]);
    interrupt.abort();
    await stop('a');
    expect(await result).toBeInstanceOf(CancelledError);
    expect(told(events)).toEqual(['begin', 'start a', 'cancel a', 'cancel b', 'end']);
  });

  test('but not where it failed by itself, with whatever error the first one had', async () => {
    const shared = new Error('both');
    const events: ApplyEvent[] = [];
    const run = execute([operation('a'), operation('b')], () => Promise.reject(shared), {
      emit: (event) => events.push(event),
      clock: fakeClock(),
      interrupt: new AbortController().signal,
    });
    await expect(run).rejects.toBe(shared);
    expect(told(events)).toEqual(['begin', 'start a', 'start b', 'fail a', 'fail b', 'end']);
  });
});
