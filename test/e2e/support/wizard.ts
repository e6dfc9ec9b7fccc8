import { expect } from 'vitest';
import { key } from '../../fakes/screen.ts';
import type { Host } from '../../lab/host.ts';
import { Deployment } from './deployment.ts';
import { trusted } from './public-server.ts';
import { Terminal } from './terminal.ts';

interface InterruptedWizard {
  /** The name that is answered to the first question. */
  readonly serverName: string;
  /** The question at which it is interrupted. */
  readonly at: string;
  /** CA certificates on the host by which the server's CA is trusted. */
  readonly roots?: string;
}

/**
 * Begins `init` on a terminal of a host, in a new directory, and interrupts it: nothing may be written then.
 *
 * @param answer what is seen and answered between the server name and the interrupt
 */
export async function interruptWizard(
  host: Host,
  { serverName, at, roots = trusted }: InterruptedWizard,
  answer: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const other = new Deployment(host, { directory: '/srv/other' });
  const init = other.command('init', '--acme-roots', roots);
  const terminal = await Terminal.open(host);
  terminal.type(`clear; ${init.join(' ')}; echo "ended with $?"\r`);
  await terminal.answer('1 of about ', key.clearLine, serverName, key.enter);
  await terminal.answer('type it again', serverName, key.enter);
  await answer(terminal);
  await terminal.answer(at, key.interrupt);
  await terminal.screen.see('ended with 130', 10);
  await terminal.close();
  expect(await host.exists(other.directory)).toBe(false);
}
