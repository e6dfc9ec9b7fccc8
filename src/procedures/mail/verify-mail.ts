import type { OutsideFinding } from '../../apply/verify-outside.ts';
import { mailAccount } from '../../components/mail/account.ts';
import { judgeSending } from '../../components/mail/judge-sending.ts';
import { placeOf } from '../../components/mail/sending.ts';
import type { Config } from '../../config/schema.ts';
import { UserError } from '../../errors.ts';
import { unlockedStack } from '../../stack/stack.ts';
import { type From, readMailPassword, trySending } from './send.ts';

/**
 * Verifies that the mail server lets the homeserver log in, without sending anything. If that cannot be tried, the
 * finding is `unverified`.
 *
 * @returns no finding if no mail server is set
 */
export async function verifyMail(
  { directory, config }: { readonly directory: string; readonly config: Config },
  { engine, patience }: Pick<From, 'engine' | 'patience'>,
): Promise<OutsideFinding[]> {
  const account = mailAccount(config.mail);
  if (account === undefined) return [];
  const seen = {
    expectation: 'a mail server that the homeserver can send through',
    url: `smtp://${placeOf(account)}`,
  };
  try {
    const sender = { account, password: await readMailPassword(directory, account) };
    const stack = unlockedStack(config);
    const fault = judgeSending(await trySending(sender, undefined, { engine, stack, patience }), account);
    return fault === undefined
      ? [{ ...seen, verdict: 'passed' }]
      : [{ ...seen, verdict: 'failed', saw: `${fault.finding} [${fault.code}]`, remedy: fault.remedy }];
  } catch (error) {
    if (!(error instanceof UserError)) throw error;
    return [{ ...seen, verdict: 'unverified', saw: error.message, remedy: error.hint ?? '' }];
  }
}
