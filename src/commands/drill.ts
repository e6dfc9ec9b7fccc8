import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { openBackups, type TargetFlags, targetOption } from './backup/open-backups.ts';
import { restoreProgress } from './backup/progress.ts';
import { declareCommand, inSession, type Session } from './command.ts';

export function declareDrill(program: Command, context: Context): void {
  declareCommand(program, 'drill', 'test a backup: restore it into an isolated copy of the server', {
    'matrix-deploy drill': 'the newest verified one',
    'matrix-deploy drill 20261128-041500-3fa9': '',
  })
    .argument('[set]', 'as shown by `backup list` (default: the newest verified one)')
    .option(...targetOption)
    .action((set: string | undefined, flags) =>
      inSession<TargetFlags>('drill', context, (session) => drill(session, set))(flags),
    );
}

async function drill(session: Session<TargetFlags>, set: string | undefined): Promise<void> {
  const { context, reporter, answer, style } = session;
  const { holdDrill } = await import('../procedures/drill/drill.ts');
  const { describeDrill } = await import('../output/drill.ts');
  const { deployment, opened } = await openBackups(session);
  const shown = await reporter();
  const result = await holdDrill(deployment, context, {
    ...{ opened, set, emit: shown.event },
    onProgress: await restoreProgress(session),
  });
  answer(describeDrill(result, await style()), { ...result.evidence, evidence: result.path });
}
