import type { Command } from 'commander';
import type { Context } from '../context.ts';
import type { Secret } from '../secrets/secret.ts';

export interface NewPasswordFlags {
  readonly passwordFile?: string;
  readonly generatePassword?: boolean;
}

export interface NewPassword {
  readonly secret: Secret;
  /** True if nobody knows the password yet, so that the answer must show it. */
  readonly isGenerated: boolean;
}

/** Adds the flags that give a password without a prompt. */
export function declareNewPassword(command: Command): Command {
  return command
    .option('--password-file <file>', 'file with the password; - for the standard input (default: asked for)')
    .option('--generate-password', 'generate a password, and show it once');
}

/** Lines for an error about answers that are missing without a terminal; empty when the flags give a password. */
export function missingPassword({ passwordFile, generatePassword }: NewPasswordFlags): string[] {
  return passwordFile === undefined && !generatePassword
    ? ['password: --password-file <file> (- for the standard input), or --generate-password']
    : [];
}

/**
 * Reads or generates the password that the flags give, so that an error appears before any prompt. The returned
 * function gives that password; without the flags, it asks for one.
 *
 * @throws UsageError when both flags are given, and for a file that has no password or that others can read.
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
