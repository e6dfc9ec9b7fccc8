import { expect } from 'vitest';
import { key } from '../../fakes/screen.ts';
import { checkout, type Machine } from '../../lab/machine.ts';
import { trusted } from './public-server.ts';
import { Terminal } from './terminal.ts';

interface InterruptedWizard {
  /** The name that is answered to the first question. */
  readonly serverName: string;
  /** The question at which it is interrupted. */
  readonly at: string;
  /** CA certificates on the machine by which the server's CA is trusted. */
  readonly roots?: string;
  /** Checks of the host to skip. */
  readonly skipped?: readonly string[];
}

const directory = '/srv/other';

/**
 * Begins `init` on a terminal of a machine, in a new directory, and interrupts it: nothing may be written then.
 *
 * @param answer what is seen and answered between the server name and the interrupt
 */
export async function interruptWizard(
  machine: Machine,
  { serverName, at, roots = trusted, skipped = [] }: InterruptedWizard,
  answer: (terminal: Terminal) => Promise<void>,
): Promise<void> {
  const program = `${checkout.onMachines}/bin/matrix-deploy.cjs`;
  const skipping = skipped.flatMap((name) => ['--skip-check', name]);
  const init = ['node', program, 'init', '--dir', directory, '--acme-roots', roots, ...skipping];
  const terminal = await Terminal.open(machine);
  terminal.type(`clear; ${init.join(' ')}; echo "ended with $?"\r`);
  await terminal.answer('1 of about ', key.clearLine, serverName, key.enter);
  await terminal.answer('type it again', serverName, key.enter);
  await answer(terminal);
  await terminal.answer(at, key.interrupt);
  await terminal.screen.see('ended with 130', 10);
  await terminal.close();
  expect(await machine.exists(directory)).toBe(false);
}
