import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';

interface InitFlags {
  readonly local?: boolean;
  readonly yes?: boolean;
  readonly serverName: string;
  readonly admin: string;
}

export function declareInit(program: Command, context: Context): void {
  declareCommand(program, 'init', 'set up a homeserver and its first admin')
    .option('--local', 'on this machine, without a domain: loopback only, with certificates of its own')
    .option('--server-name <name>', 'part after the colon in user IDs; permanent', 'localhost')
    .option('--admin <name>', "the first admin's name", 'admin')
    .option('-y, --yes', 'do not ask')
    .action(inSession('init', context, init));
}

async function init(session: Session<InitFlags>): Promise<void> {
  const { context, flags, directory, reporter, answer } = session;
  const { UsageError } = await import('../errors.ts');
  if (!flags.local) {
    throw new UsageError('only a local server can be set up by init so far', {
      code: 'usage.local',
      hint: 'Add --local. For a public name, write a matrix.yaml and run `matrix-deploy apply`.',
    });
  }
  const { newLocalConfig, setUpServer } = await import('../procedures/init.ts');
  const { describeWelcome } = await import('../output/welcome.ts');
  const result = await setUpServer(context, {
    directory,
    newConfig: () => newLocalConfig(flags.serverName),
    admin: flags.admin,
    start: true,
    emit: (await reporter()).event,
    confirm: flags.yes ? undefined : (lines) => confirmPlan(session, lines),
  });
  answer(describeWelcome(result, await session.style()), result);
}

async function confirmPlan(
  { context, reporter, directory }: Session<InitFlags>,
  lines: readonly string[],
): Promise<void> {
  const { confirm } = await import('../output/prompts.ts');
  const { say } = await reporter();
  for (const line of lines) {
    say(line);
  }
  await confirm(context, { message: `Do this in ${directory}?`, flag: '--yes' });
}
