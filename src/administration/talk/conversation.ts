import { messageOf } from '../../errors.ts';
import { within } from '../../host/bounds.ts';
import type { Clock } from '../../host/clock.ts';
import type { ChatClient } from '../../matrix/chat/client.ts';

/** One message from one account to another, and its result. */
export interface TalkFinding {
  /**
   * The direction of the message: within this server, from it to the other server, or back. The last code is for
   * something that could not be undone afterwards.
   */
  readonly code: 'talk-here' | 'talk-there' | 'talk-back' | 'talk-left-over';
  /** User IDs. The name or the address of a server when there was no account. */
  readonly from: string;
  readonly to: string;
  readonly verdict: 'passed' | 'failed' | 'warning';
  /** The time from sending until decryption. Absent when the message was not decrypted. */
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
 * Sends an encrypted message from one client, and waits until the other one has decrypted it.
 *
 * @returns how long that took, in milliseconds
 * @throws Error that says how far the message came
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

/**
 * Runs an action until a signal aborts it.
 *
 * @throws Error with the reason of the signal and the stage that was reached; errors of the action
 */
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
