import type { Command } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';

export function declareRemove(secrets: Command, context: Context): void {
  declareCommand(secrets, 'remove', 'remove a secret that matrix.yaml does not use', {
    'matrix-deploy secrets remove smtp_pass': '',
  })
    .argument('<secret>', 'as shown by `secrets list`')
    .action((name: string, flags) =>
      inSession<object>('secrets remove', context, (session) => remove(session, name))(flags),
    );
}

async function remove({ directory, answer }: Session<object>, name: string): Promise<void> {
  const { removeSecret } = await import('../../procedures/secrets.ts');
  await removeSecret(directory, name);
  answer([`The secret ${name} is removed.`], { name, removed: true });
}
