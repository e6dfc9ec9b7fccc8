import { failed, type Judgement, warning } from '../judgement.ts';

/** A clock that is set by the network may step back by this much. */
const toleratedMilliseconds = 60_000;

const reason =
  'With a wrong clock, good certificates look expired, and messages come from the past or the future';

/**
 * @param isSynchronized whether the clock is synchronized by the network; `undefined` if that is not known
 * @param last the time of an earlier check, by this host's clock at that time
 */
export function judgeClock(
  now: Date,
  { isSynchronized, last }: { isSynchronized: boolean | undefined; last: Date | undefined },
): Judgement[] {
  const behind = last === undefined ? 0 : last.getTime() - now.getTime();
  if (last !== undefined && behind > toleratedMilliseconds) {
    return [
      failed(
        `this host's clock says ${now.toISOString()}, but it said ${last.toISOString()} before: it was wrong then, or is now`,
        `${reason}. See \`date\`, and set the clock by \`timedatectl set-ntp true\`.`,
      ),
    ];
  }
  return isSynchronized === false
    ? [warning("nothing keeps this host's clock right", `${reason}. Run \`timedatectl set-ntp true\`.`)]
    : [];
}
