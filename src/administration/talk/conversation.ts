import { messageOf } from '../../errors.ts';
import { within } from '../../host/bounds.ts';
import type { Clock } from '../../host/clock.ts';
import type { ChatClient } from '../../matrix/chat/client.ts';

/** One message that one account has sent to another, and what became of it. */
export interface TalkFinding {
  /** Within this server, from it to another, from another to it; or something that could not be ended afterwards. */
  readonly code: 'talk-here' | 'talk-there' | 'talk-back' | 'talk-left-over';
  /** User IDs, or a server's name or address where no account was had. */
  readonly from: string;
  readonly to: string;
  readonly verdict: 'passed' | 'failed' | 'warning';
  /** From the moment at which it was sent until it was read; absent where it was not. */
  readonly milliseconds?: number;
  readonly saw?: string;
  readonly remedy?: string;
}

interface Talking {
  readonly clock: Pick<Clock, 'now' | 'sleep'>;
  readonly newText: () => string;
  /** Ends all waits. */
  readonly signal: AbortSignal;
}

const keyPauseMilliseconds = 500;
const syncPauseMilliseconds = 100;

/**
 * Lets one say something, encrypted, that the other must be able to read.
 *
 * @throws Error that says how far it came
 */
export async function tell(
  roomId: string,
  [speaker, listener]: readonly [ChatClient, ChatClient],
  { clock, newText, signal }: Talking,
): Promise<number> {
  const text = newText();
  const from = speaker.device.userId;
  let stage = `the keys of ${listener.device.userId} are not known to ${from}`;
  const talk = async () => {
    const begun = clock.now().getTime();
    await speaker.say(roomId, [listener.device], text, () => clock.sleep(keyPauseMilliseconds, signal));
    const pause = () => clock.sleep(syncPauseMilliseconds, signal);
    const onArrival = (arrival: string) => {
      stage = arrival;
    };
    await listener.hear({ roomId, from, text }, { signal, pause, onArrival });
    return clock.now().getTime() - begun;
  };
  return staged(talk, () => stage, signal);
}

/** Does something, and tells at its end how far it was, where the time was over. */
export async function staged<Value>(
  action: () => Promise<Value>,
  stage: () => string,
  signal: AbortSignal,
): Promise<Value> {
  try {
    const value = await within({ signal }, action());
    if (!signal.aborted) return value;
  } catch (error) {
    if (!signal.aborted) throw error;
  }
  throw new Error(`${messageOf(signal.reason)}: ${stage()}`);
}
