import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';

export function declareCheck(program: Command, context: Context): void {
  declareCommand(
    program,
    'check',
    'check whether other homeservers and clients can reach a server; exit code 8 if something is wrong',
    {
      'matrix-deploy check': 'the server of this directory',
      'matrix-deploy check example.org': 'any server; needs no root',
      'matrix-deploy check example.org --json --quiet': 'for a program',
    },
  )
    .argument('[server]', 'server name: the part after the first colon of a user ID')
    .action((server: string | undefined, flags) =>
      inSession<object>('check', context, (session) => check(session, server), server)(flags),
    );
}

async function check({ context, directory, style, answer }: Session<object>, named?: string): Promise<void> {
  const { checkServer, ownServer, requireServerName } = await import('../procedures/check/check.ts');
  const subject =
    named === undefined
      ? await ownServer(directory, context)
      : { server: await requireServerName(named), roots: undefined, isOwn: false };
  if (subject === undefined) {
    const { nothingOutside } = await import('../output/outside.ts');
    answer([nothingOutside], { findings: [] });
    return;
  }
  const { describeCheck } = await import('../output/check.ts');
  const report = await checkServer(subject, context);
  answer(describeCheck(report, await style()), report);
  endWithFindings(context, report.findings);
}
