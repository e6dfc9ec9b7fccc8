import { getEventListeners, once } from 'node:events';
import { expect, test } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { BoundsError, deadline, watchBounds, within } from '../../../src/host/bounds.ts';
import { nodeWarnings } from '../../fakes/warnings.ts';

const never = new Promise<never>(() => {});
const unhurried = new AbortController().signal;

test('many exchanges at once must end by one signal, without a warning and without a trace', async () => {
  const warnings = nodeWarnings();
  const interrupt = new AbortController();
  const { signal } = interrupt;
  const stopped: Error[] = [];
  const watches = Array.from({ length: 30 }, () => watchBounds({ signal }, (reason) => stopped.push(reason)));
  watches.slice(0, 10).forEach(({ end }) => void end());
  expect(getEventListeners(signal, 'abort')).toHaveLength(20);
  interrupt.abort();
  await within({ within: 5000 }, new Promise((resolve) => setTimeout(resolve, 20)));
  expect(stopped).toHaveLength(20);
  expect(stopped.every((reason) => reason instanceof CancelledError)).toBe(true);
  expect(getEventListeners(signal, 'abort')).toEqual([]);
  expect(warnings).toEqual([]);
});

test.each([
  ['beyond its bytes', { bytes: 1 }],
  ['that was ended', { bytes: undefined }],
])('an exchange %s must not be stopped again by what still arrives', async (_title, bounds) => {
  const stopped: Error[] = [];
  const watch = watchBounds({ ...bounds, silence: 10 }, (reason) => stopped.push(reason));
  if (bounds.bytes === undefined) watch.end();
  for (let piece = 0; piece < 3; piece += 1) watch.arrived(1);
  await new Promise((resolve) => setTimeout(resolve, 50));
  expect(stopped).toHaveLength(bounds.bytes ?? 0);
});

test('a change must be given no grace when a deadline is passed', async () => {
  const signal = deadline(0.01, { interrupt: unhurried });
  const stopped = new Promise((resolve) => watchBounds({ signal, grace: 60_000 }, resolve));
  await once(signal, 'abort');
  expect(await stopped).toBeInstanceOf(BoundsError);
});

test('what cannot be ended must be heard no longer than its bounds', async () => {
  await expect(within({ within: 10 }, never)).rejects.toThrow('no answer within 0 s');
  await expect(within({ signal: AbortSignal.abort() }, never)).rejects.toBeInstanceOf(CancelledError);
  expect(await within({ within: 10_000 }, Promise.resolve(7))).toBe(7);
});
