import { type Command, Option } from 'commander';
import type { Context } from '../../context.ts';
import type { Secret } from '../../secrets/secret.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import type { Examples } from '../examples.ts';

interface SetFlags {
  readonly file?: string;
  readonly fromFile?: string;
}

const examples: Examples = {
  'matrix-deploy secrets set smtp_pass': 'prompts for it',
  'matrix-deploy secrets set oidc_key --file key.pem': 'from a file',
  'pass mail | matrix-deploy secrets set smtp_pass --file -': 'from a program',
};

export function declareSet(secrets: Command, context: Context): void {
  declareCommand(secrets, 'set', 'set a secret, or change it', examples)
    .argument('<secret>', 'its name: letters, digits, _ and -')
    .option('--file <file>', 'file with the value; - for the standard input (default: asked for)')
    .addOption(new Option('--from-file <file>', 'the same as --file').hideHelp().conflicts('file'))
    .action((name: string, flags) =>
      inSession<SetFlags>('secrets set', context, (session) => set(session, name))(flags),
    );
}

async function set({ context, flags, directory, answer }: Session<SetFlags>, name: string): Promise<void> {
  const { refuseSecretName, setSecret } = await import('../../procedures/secrets.ts');
  refuseSecretName(name);
  const secret = await givenValue(context, flags, name);
  const { changed, usedBy } = await setSecret(directory, { name, secret, known: await context.components() });
  const done = changed ? `The secret ${name} is set.` : `The secret ${name} is unchanged.`;
  const next =
    usedBy.length === 0
      ? `Use it in matrix.yaml in place of a value: { from_secret: ${name} }`
      : 'Run `matrix-deploy apply` so that services use it.';
  answer([done, ...(changed || usedBy.length === 0 ? [next] : [])], { name, changed, usedBy });
}

async function givenValue(context: Context, { file, fromFile }: SetFlags, name: string): Promise<Secret> {
  const { readSecretFile, secretOf } = await import('../../host/given-files.ts');
  const given = file ?? fromFile;
  if (given !== undefined) return readSecretFile(given, context);
  const { askNewPassword } = await import('../../output/prompts.ts');
  const asked = await askNewPassword(context, `Value of ${name}`, '--file <file> (- for the standard input)');
  return secretOf(asked.reveal(), 'what was typed');
}
