import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

export function declareReload(certificates: Command, context: Context): void {
  declareCommand(
    certificates,
    'reload',
    'serve the current files of traefik.certificates, without an interruption',
    {
      'matrix-deploy certificates reload': '',
      'matrix-deploy certificates reload --quiet': 'as the deploy hook of certbot',
    },
  ).action(inSession('certificates reload', context, reloadNow));
}

/**
 * How long to wait for another command that changes the server, in milliseconds. It is long because certbot runs its
 * deploy hook only once for each renewal.
 */
const patience = () => 30 * 60_000;

async function reloadNow({ context, directory, reporter, answer }: Session<object>): Promise<void> {
  const { afterOthers } = await import('../../procedures/after-others.ts');
  const { findServed, reloadCertificate } = await import('../../procedures/certificates/reload.ts');
  const { describeDay } = await import('../../output/moments.ts');
  const { event } = await reporter();
  const note = (text: string) => event({ type: 'note', text });
  // What runs every hour and finds nothing to do need not wait for a backup.
  const reloaded =
    (await findServed(directory, context)) ??
    (await afterOthers(context, { patience, note }, () => reloadCertificate(directory, context, note)));
  const { names, until, changed } = reloaded;
  answer(
    [
      `${changed ? 'Now serving' : 'Still serving'}: the certificate of ${names.join(', ')}, valid until ${describeDay(until)}.`,
    ],
    reloaded,
  );
}
