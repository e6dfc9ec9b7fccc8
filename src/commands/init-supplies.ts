import type { Answers } from '../config/answers.ts';
import type { Context } from '../context.ts';
import type { ServerRequest } from '../procedures/init.ts';

/** What `init` reads from files that the answers name. */
export type Supplies = Pick<ServerRequest, 'roots' | 'password' | 'secrets'>;

/** Reads the files that the answers name. Done before the first question, so that errors appear at once. */
export async function readSupplies(
  context: Context,
  { acme_roots, password_file, mail_password_file }: Answers,
): Promise<Supplies> {
  const { readPassword, readRoots, readSecretFile } = await import('../host/given-files.ts');
  const { mailPassword } = await import('../config/mail-answers.ts');
  return {
    roots: acme_roots === undefined ? undefined : await readRoots(acme_roots, context),
    secrets:
      mail_password_file === undefined
        ? {}
        : { [mailPassword]: await readSecretFile(mail_password_file, context, '--mail-password-file') },
    password: password_file === undefined ? undefined : await readPassword(password_file, context),
  };
}

/** Reads the key for updates of the zone. Done after the interview, which asks for its file. */
export async function readUpdateKey(
  { challenge, dns_secret_file: file }: Answers,
  context: Context,
): Promise<Supplies['secrets']> {
  if (challenge !== 'dns-update' || file === undefined) return {};
  const { updateSecret } = await import('../config/challenge-question.ts');
  const { readSecretFile } = await import('../host/given-files.ts');
  return { [updateSecret]: await readSecretFile(file, context, '--dns-secret-file') };
}
