import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { RemovedUnits } from '../procedures/remove-all-units.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { requireConfirmation } from './confirmation.ts';

interface DestroyFlags {
  readonly yes?: boolean;
  readonly deleteData?: boolean;
  readonly confirm?: string;
}

export function declareDestroy(program: Command, context: Context): void {
  declareCommand(program, 'destroy', 'remove the containers; keeps data, secrets and settings', {
    'matrix-deploy destroy': 'apply recreates them',
    'matrix-deploy destroy --delete-data': 'deletes everything permanently',
  })
    .option('-y, --yes', 'remove the containers without a prompt')
    .option('--delete-data', 'also delete data, secrets and settings permanently')
    .option('--confirm <server name>', 'the server name, to delete its data without a prompt')
    .action(inSession('destroy', context, destroy));
}

async function destroy(session: Session<DestroyFlags>): Promise<void> {
  const { context, flags, directory, answer } = session;
  const { loadConfig } = await import('../state/load-config.ts');
  const { openDeployment } = await import('../apply/deployment.ts');
  const { destroyServer, destroyWithData } = await import('../procedures/destroy.ts');
  const { describeRemovedUnits } = await import('../output/schedule.ts');
  const loaded = await loadConfig(directory, context);
  const { config } = loaded;
  await agree(session, config.server_name);
  const deployment = await openDeployment(context, directory, loaded);
  if (flags.deleteData) {
    const { left, units, backups } = await destroyWithData(deployment, context);
    answer(
      [
        `${config.server_name} and its data are deleted.`,
        ...describeRemovedUnits(units),
        ...(backups.length === 0
          ? []
          : [
              `The backups stay in ${backups.join(', ')}, and the key that opens them in ${directory}/secrets.`,
            ]),
        ...(left.length === 0
          ? []
          : [`Not deleted, because matrix-deploy did not create it: ${left.join(', ')}.`]),
      ],
      { deleted: true, left, backups, ...unitsToJson(units) },
    );
    return;
  }
  const units = await destroyServer(deployment, context);
  answer(
    [
      `The containers are removed; everything else is in ${directory}. \`matrix-deploy apply\` recreates them.`,
      ...describeRemovedUnits(units),
    ],
    { deleted: false, ...unitsToJson(units) },
  );
}

function unitsToJson({ timer, watch }: RemovedUnits) {
  return { timer: timer ?? null, watch: watch ?? null };
}

async function agree(
  { context, flags, directory }: Session<DestroyFlags>,
  serverName: string,
): Promise<void> {
  if (flags.deleteData) {
    return requireConfirmation(context, flags.confirm, {
      message: `Everything of ${serverName} in ${directory} will be deleted: users, messages, media, keys, and your files in synapse/extra and traefik/extra. This cannot be undone.`,
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
