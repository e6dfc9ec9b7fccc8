import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareUserCommand, type UserSession } from './user-command.ts';

interface ExportFlags {
  readonly to: string;
  readonly media?: boolean;
}

export function declareExport(users: Command, context: Context): void {
  const exporting = {
    name: 'export',
    summary: 'export all data of a user to a new directory, such as for a request under the GDPR',
    examples: {
      'matrix-deploy users export bob --to bob-data': '',
      'matrix-deploy users export bob --to bob-data --media': 'with uploaded files',
    },
  };
  declareUserCommand<ExportFlags>(users, context, exporting, exportData)
    .requiredOption('--to <directory>', 'directory to create; only you can read it')
    .option('--media', 'also the files that the user has uploaded');
}

async function exportData(session: UserSession<ExportFlags>): Promise<void> {
  const { context, flags, server, account, reporter, answer } = session;
  const { resolve } = await import('node:path');
  const { exportUser } = await import('../../administration/export-user.ts');
  const { describeExport } = await import('../../output/export.ts');
  const { atMostEvery } = await import('../../output/reporter.ts');
  const { say } = await reporter();
  const result = await exportUser(server, account, {
    directory: resolve(context.workingDirectory, flags.to),
    withMedia: flags.media ?? false,
    interrupt: context.interrupt,
    progress: atMostEvery(2, context.clock, say),
  });
  answer(describeExport(result), result);
}
