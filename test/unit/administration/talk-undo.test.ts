import { expect, test, vi } from 'vitest';
import { Undo } from '../../../src/administration/talk/undo.ts';
import { UserError } from '../../../src/errors.ts';
import { BoundsError, interrupted } from '../../../src/host/bounds.ts';

/** What is to be undone, what was, and a call that is answered when the test wants it. */
function setUp({ patience = 1 } = {}) {
  const undone: string[] = [];
  const undo = new Undo({ patience });
  const around = <Value>(call: () => Promise<Value>) =>
    undo.around(call, (value) => ({
      what: `undo ${value}`,
      step: async () => void undone.push(String(value)),
    }));
  return { undo, undone, around };
}

test('calls must be undone once, the last first', async () => {
  const { undo, undone, around } = setUp();
  expect(await around(async () => 'one')).toBe('one');
  await around(async () => 'two');
  expect(await undo.run()).toEqual([]);
  expect(await undo.run()).toEqual([]);
  expect(undone).toEqual(['two', 'one']);
});

test('a call that is under way must be undone once it is over', async () => {
  const { undo, undone, around } = setUp();
  let answer = (_value: string) => {};
  const call = around(
    () =>
      new Promise<string>((resolve) => {
        answer = resolve;
      }),
  );
  const running = undo.run();
  await new Promise(setImmediate);
  expect(undone).toEqual([]);
  answer('late');
  await call;
  expect(await running).toEqual([]);
  expect(undone).toEqual(['late']);
});

test('no call must be begun while all is being undone', async () => {
  const { undo, undone, around } = setUp();
  const begun = vi.fn(async () => 'one');
  const running = undo.run();
  await expect(around(begun)).rejects.toThrow('everything is being undone');
  await running;
  expect(begun).not.toHaveBeenCalled();
  expect(undone).toEqual([]);
});

const refusal = new UserError('the homeserver refused to do it: no', { code: 'matrix.refused' });
const timeout = new BoundsError('ETIMEDOUT', 'no answer within 90 s');
const reset = Object.assign(new Error('socket hang up'), { code: 'ECONNRESET' });
const unreachable = (cause: Error) =>
  new UserError(cause.message, { code: 'matrix.unreachable', cause: new Error('', { cause }) });
const refused = Object.assign(new Error('connect ECONNREFUSED'), { code: 'ECONNREFUSED' });

test.each([
  ['was refused', refusal, []],
  ['reached nobody', unreachable(refused), []],
  ['was given up', unreachable(timeout), ['undefined']],
  ['was interrupted', interrupted(), ['undefined']],
  ['lost its connection', unreachable(reset), ['undefined']],
])('of a call that %s, what may have been done must be undone', async (_case, error, expected) => {
  const { undo, undone, around } = setUp();
  await expect(around(() => Promise.reject(error))).rejects.toBe(error);
  expect(await undo.run()).toEqual([]);
  expect(undone).toEqual(expected);
});

test('what fails, or takes too long, must be told, and the rest be undone', async () => {
  const { undo, undone, around } = setUp({ patience: 0.001 });
  await around(async () => 'first');
  const steps = { fail: () => Promise.reject(refusal), hang: () => new Promise<never>(() => {}) };
  for (const [what, step] of Object.entries(steps)) {
    await undo.around(
      async () => what,
      () => ({ what, step }),
    );
  }
  around(() => new Promise<never>(() => {}));
  expect(await undo.run()).toEqual([
    'matrix-deploy could not hang: no answer within 0 s',
    'matrix-deploy could not fail: the homeserver refused to do it: no',
  ]);
  expect(undone).toEqual(['undefined', 'first']);
});
