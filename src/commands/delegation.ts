import { type Command, Option } from 'commander';
import type { Context } from '../context.ts';
import { type SnippetKind, snippetKinds } from '../render/delegation-snippet.ts';
import { declareCommand, endWithFindings, inSession, type Session } from './command.ts';
import { parseMinutes } from './minutes.ts';

interface Flags {
  readonly for?: SnippetKind;
  readonly watch?: boolean;
  readonly timeout: number;
}

export function declareDelegation(program: Command, context: Context): void {
  declareCommand(
    program,
    'delegation',
    'show and check the two documents that lead from the server name to the server; exit code 8 if something is wrong',
    {
      'matrix-deploy delegation': '',
      'matrix-deploy delegation --for nginx': 'prints settings to paste',
      'matrix-deploy delegation --watch': 'until both documents are correct',
    },
  )
    .addOption(
      new Option('--for <server>', 'print the settings with which a web server serves them')
        .choices(snippetKinds)
        .conflicts('watch'),
    )
    .option('--watch', 'check again until both are correct, and print each change')
    .addOption(new Option('--timeout <minutes>', 'how long --watch runs').argParser(parseMinutes).default(30))
    .action(inSession('delegation', context, delegation));
}

async function delegation(session: Session<Flags>): Promise<void> {
  const { context, flags, directory, reporter, style, answer } = session;
  const { loadConfig } = await import('../state/load-config.ts');
  const procedure = await import('../procedures/delegation.ts');
  const { config } = await loadConfig(directory, context);
  if (flags.for !== undefined) {
    const snippet = procedure.snippetOf(config, flags.for);
    answer(snippet.trimEnd().split('\n'), { for: flags.for, snippet });
    return;
  }
  const { describeDelegationReport, findingTeller } = await import('../output/delegation.ts');
  const { lookUntilRight } = await import('../procedures/look-again.ts');
  const look = () => procedure.lookAtDelegation({ directory, config }, context);
  const report = flags.watch
    ? await lookUntilRight(
        look,
        { minutes: flags.timeout, onReport: findingTeller((await reporter()).say) },
        context,
      )
    : await look();
  answer(describeDelegationReport(report, await style()), report);
  endWithFindings(context, report.findings);
}
