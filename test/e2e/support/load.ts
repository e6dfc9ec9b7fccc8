import { expect } from 'vitest';
import { checkout, type Machine } from '../../lab/machine.ts';
import type { Deployment } from './deployment.ts';

/** What clients have seen. */
export interface LoadSeen {
  readonly answered: number;
  readonly failed: readonly object[];
  /** Of requests that do not wait for news, in milliseconds. */
  readonly longest: number;
  /** The messages that were acknowledged. */
  readonly texts: readonly string[];
}

interface LoadTarget {
  readonly url: string;
  /** File on the machine with the roots to trust. */
  readonly ca: string;
  readonly token: string;
  readonly room: string;
}

/** What fifty requests a second of GET, PUT and POST, and three clients that wait for news, see while something is done. */
export async function underLoad(
  from: Machine,
  { url, ca, token, room }: LoadTarget,
  work: () => Promise<unknown>,
): Promise<LoadSeen> {
  return JSON.parse(await runWhile(from, 'load.mjs', [url, ca, token, room], work));
}

/** Replaces the homeserver by a changed setting while clients ask, of which no request may fail. */
export async function expectReplacedUnseen(deployment: Deployment, target: LoadTarget): Promise<void> {
  const { answered, failed } = await underLoad(deployment.host, target, async () => {
    const before = (await deployment.container('synapse')).Id;
    await deployment.edit({ synapse: { log_level: 'WARNING' } });
    await deployment.exits(0, 'apply');
    expect((await deployment.container('synapse')).Id).not.toBe(before);
  });
  expect(failed).toEqual([]);
  expect(answered).toBeGreaterThan(100);
}

/**
 * Runs a program of this folder on a machine of the lab while something is done.
 *
 * @param argv its arguments, before the last one: the name of a file whose presence ends it
 * @returns what it has written
 */
export async function runWhile(
  from: Machine,
  program: string,
  argv: readonly string[],
  work: () => Promise<unknown>,
): Promise<string> {
  const stop = await from.run(['mktemp', '--dry-run']);
  const path = `${checkout.onMachines}/test/e2e/support/${program}`;
  const running = from.run(['node', path, ...argv, stop], { timeoutSeconds: 240 });
  try {
    await work();
  } finally {
    await from.run(['touch', stop]);
  }
  return running;
}
