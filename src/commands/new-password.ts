import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Secret } from '../secrets/secret.ts';

export interface NewPasswordFlags {
  readonly passwordFile?: string;
  readonly generatePassword?: boolean;
}

export interface NewPassword {
  readonly secret: Secret;
  /** Then nobody knows it yet. */
  readonly isGenerated: boolean;
}

/** Gives a command the flags by which a password is given where it is not asked for. */
export function declareNewPassword(command: Command): Command {
  return command
    .option('--password-file <file>', 'file with the password; - for the standard input (default: asked for)')
    .option('--generate-password', 'generate a password, and show it once');
}

/** What is missing where nobody can be asked for a password: for an error that lists it. */
export function missingPassword({ passwordFile, generatePassword }: NewPasswordFlags): string[] {
  return passwordFile === undefined && !generatePassword
    ? ['password: --password-file <file> (- for the standard input), or --generate-password']
    : [];
}

/**
 * The password that the flags say, or else the way to ask for one: so that a file that is wrong is told of at once, and
 * nobody is asked in vain.
 *
 * @throws UsageError for a file that has none or that others can read, and for both flags.
 */
export async function newPassword(
  context: Context,
  { passwordFile, generatePassword }: NewPasswordFlags,
  question: string,
): Promise<() => Promise<NewPassword>> {
  if (passwordFile !== undefined && generatePassword) {
    const { UsageError } = await import('../errors.ts');
    throw new UsageError('--password-file and --generate-password exclude each other', {
      code: 'usage.password',
    });
  }
  if (generatePassword) {
    const generate = await import('../secrets/generate.ts');
    const secret = generate.generatePassword(context.random);
    return async () => ({ secret, isGenerated: true });
  }
  if (passwordFile !== undefined) {
    const { readPassword } = await import('../host/given-files.ts');
    const secret = await readPassword(passwordFile, context);
    return async () => ({ secret, isGenerated: false });
  }
  return async () => {
    const { askNewPassword } = await import('../output/prompts.ts');
    return { secret: await askNewPassword(context, question), isGenerated: false };
  };
}
