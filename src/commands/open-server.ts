import type { Homeserver } from '../matrix/homeserver.ts';
import type { Session } from './command.ts';

/** The homeserver of the session's directory. */
export async function openServer({ context, directory }: Session<object>): Promise<Homeserver> {
  const { openHomeserver } = await import('../matrix/homeserver.ts');
  return openHomeserver(context, directory);
}
