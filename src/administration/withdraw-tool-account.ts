import type { Context } from '../context.ts';
import { openHomeserver } from '../matrix/homeserver.ts';
import { withdrawToolAccount } from '../matrix/tool-account.ts';
import { inKeptSession } from '../matrix/tool-session.ts';

/**
 * Takes our own account out of rooms and directory, where an earlier version has let it in. Does nothing where no session of
 * it is kept.
 */
export async function withdrawFromSight(context: Context, directory: string): Promise<void> {
  const admin = await inKeptSession(await openHomeserver(context, directory));
  if (admin !== undefined) {
    await withdrawToolAccount(admin);
  }
}
