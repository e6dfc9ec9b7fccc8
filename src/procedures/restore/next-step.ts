import { isFromBefore, type WantedSet } from '../../backup/wanted-set.ts';
import { UsageError } from '../../errors.ts';
import { halfDoneRemedy, type PendingRestore, type RestorePhase } from '../../state/pending-restore.ts';

/** What an operator wants: to restore over a running deployment, to finish such a restore, or to undo it. */
export type Wish = 'restore' | 'finish' | 'undo';

/**
 * A step towards a wish. `stage`: restore the data beside the data in use; `switch`: put the restored data in use;
 * `go-back`: put the previous data back in use; `clear`: remove restored data that is not in use; `remove`: delete
 * the previous data.
 */
export type Step = 'stage' | 'switch' | 'go-back' | 'clear' | 'remove';

/** Why a wish cannot be fulfilled now, and what can be done. */
type Refusal = (set: string) => readonly [message: string, hint: string];

const nothingPending: Refusal = () => [
  'no restore is pending here',
  'There is nothing to finish or to undo.',
];
const halfDone: Refusal = (set) => [
  `the restore of ${set} was interrupted while data was being exchanged`,
  halfDoneRemedy({ phase: 'switching' }),
];
const notFinished: Refusal = (set) => [
  `${set} was restored here, and the previous state is kept`,
  'First delete that with `matrix-deploy restore --finish`, or go back to it with `matrix-deploy restore --undo`.',
];
const beingUndone: Refusal = (set) => [
  `going back from the restore of ${set} was interrupted`,
  halfDoneRemedy({ phase: 'undoing' }),
];
const beingFinished: Refusal = (set) => [
  `the deletion of the state from before the restore of ${set} was interrupted`,
  'Run `matrix-deploy restore --finish` to continue.',
];

/** Each step can be repeated: it skips what has been done already. */
const changing = { restore: ['switch'], finish: ['switch', 'remove'], undo: ['go-back', 'clear'] } as const;
const undoing = { restore: beingUndone, finish: beingUndone, undo: ['go-back', 'clear'] } as const;

/** The steps for each wish, or its refusal, by the phase that a restore has reached or was killed in. */
const ways: Readonly<Record<RestorePhase | 'none', Readonly<Record<Wish, readonly Step[] | Refusal>>>> = {
  none: { restore: ['stage', 'switch'], finish: nothingPending, undo: nothingPending },
  staging: { restore: ['clear', 'stage', 'switch'], finish: ['clear'], undo: ['clear'] },
  switching: changing,
  starting: changing,
  switched: { restore: notFinished, finish: ['remove'], undo: ['go-back', 'clear'] },
  undoing,
  undone: undoing,
  removing: { restore: beingFinished, finish: ['remove'], undo: beingFinished },
};

/**
 * Decides which steps fulfil a wish. After a run that was killed, they continue from its phase.
 *
 * @param wanted the set to restore, where the operator named one: by its ID, or as the newest one not later than a
 *   time
 * @throws UsageError for a wish that is impossible in this phase, or where there is no restore to finish or to undo
 */
export function stepsFor(
  wish: Wish,
  pending: Pick<PendingRestore, 'phase' | 'set'> | undefined,
  { set, notAfter }: Partial<WantedSet> = {},
): readonly Step[] {
  const way = ways[pending?.phase ?? 'none'][wish];
  const isMeant =
    pending === undefined || ((set ?? pending.set) === pending.set && isFromBefore(pending.set, notAfter));
  const isOther = way === changing.restore && !isMeant;
  const refusal = isOther ? halfDone : way;
  if (typeof refusal !== 'function') return refusal;
  const [message, hint] = refusal(pending?.set ?? '');
  throw new UsageError(message, { code: 'restore.pending', hint: `Nothing was changed. ${hint}` });
}
