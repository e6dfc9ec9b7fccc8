import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { requireConfirmation } from './confirmation.ts';

interface DestroyFlags {
  readonly yes?: boolean;
  readonly deleteData?: boolean;
  readonly confirm?: string;
}

export function declareDestroy(program: Command, context: Context): void {
  declareCommand(program, 'destroy', 'remove the containers; keeps data, secrets and settings', {
    'matrix-deploy destroy': 'apply brings them back',
    'matrix-deploy destroy --delete-data': 'everything is gone, for ever',
  })
    .option('-y, --yes', 'do not ask before the containers are removed')
    .option('--delete-data', 'also delete data, secrets and settings: nothing brings them back')
    .option('--confirm <server name>', 'the server name, to delete its data without being asked')
    .action(inSession('destroy', context, destroy));
}

async function destroy(session: Session<DestroyFlags>): Promise<void> {
  const { context, flags, directory, answer } = session;
  const { loadConfig } = await import('../state/load-config.ts');
  const { openDeployment } = await import('../apply/deployment.ts');
  const { deleteDeployment, keptBackups, refuseMountPoints, removeContainers } = await import(
    '../procedures/destroy.ts'
  );
  const { changeDeployment } = await import('../procedures/change-deployment.ts');
  const { removeSchedule } = await import('../procedures/backup/schedule.ts');
  const loaded = await loadConfig(directory);
  const { config } = loaded;
  await agree(session, config.server_name);
  const deployment = await openDeployment(context, directory, loaded);
  if (flags.deleteData) {
    await refuseMountPoints(deployment);
    const backups = await keptBackups(deployment);
    const { left, timer } = await changeDeployment(context, deployment, 'destroy', async () => {
      const removed = await removeSchedule(deployment, context);
      await removeContainers(deployment);
      return { left: await deleteDeployment(deployment), timer: removed };
    });
    answer(
      [
        `${config.server_name} is gone, with its data.`,
        ...aboutTimer(timer),
        ...(backups.length === 0
          ? []
          : [
              `The backups stay in ${backups.join(', ')}, and the key that opens them in ${directory}/secrets.`,
            ]),
        ...(left.length === 0 ? [] : [`Left alone, since it is not ours: ${left.join(', ')}.`]),
      ],
      { deleted: true, left, backups, timer: timer ?? null },
    );
    return;
  }
  const timer = await changeDeployment(context, deployment, 'destroy', async () => {
    const removed = await removeSchedule(deployment, context);
    await removeContainers(deployment);
    return removed;
  });
  answer(
    [
      `The containers are gone; everything else is in ${directory}. \`matrix-deploy apply\` brings them back.`,
      ...aboutTimer(timer),
    ],
    { deleted: false, timer: timer ?? null },
  );
}

/** A timer would have a backup fail every night. */
function aboutTimer(timer: string | undefined): string[] {
  return timer === undefined
    ? []
    : [`${timer} is gone, too: \`matrix-deploy backup schedule\` makes it again.`];
}

async function agree(
  { context, flags, directory }: Session<DestroyFlags>,
  serverName: string,
): Promise<void> {
  if (flags.deleteData) {
    return requireConfirmation(context, flags.confirm, {
      message: `Everything of ${serverName} in ${directory} will be deleted: users, messages, media, keys, and what you put into synapse/extra or traefik/extra. Nothing brings it back.`,
      subject: 'the server here',
      name: serverName,
      hint: 'Nothing was deleted. Check --dir.',
    });
  }
  if (!flags.yes) {
    const { confirm } = await import('../output/prompts.ts');
    await confirm(context, { message: `Remove the containers of ${serverName}?`, flag: '--yes' });
  }
}
