import type { Context } from '../context.ts';
import { openHomeserver } from '../matrix/homeserver.ts';
import { withdrawToolAccount } from '../matrix/tool-account.ts';
import { inKeptSession } from '../matrix/tool-session.ts';

/**
 * Removes the tool account from rooms and from the user directory, where an earlier version of matrix-deploy let it
 * in. Does nothing when no session of the account is stored.
 */
export async function withdrawFromSight(context: Context, directory: string): Promise<void> {
  const admin = await inKeptSession(await openHomeserver(context, directory));
  if (admin !== undefined) {
    await withdrawToolAccount(admin);
  }
}
