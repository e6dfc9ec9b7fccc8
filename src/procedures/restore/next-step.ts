import { isFromBefore, type WantedSet } from '../../backup/wanted-set.ts';
import { UsageError } from '../../errors.ts';
import { halfDoneRemedy, type PendingRestore, type RestorePhase } from '../../state/pending-restore.ts';

/** What an operator wants of a deployment that runs: something restored, or the end of that, one way or the other. */
export type Wish = 'restore' | 'finish' | 'undo';

/**
 * What is to be done for it, in this order. `stage`: put together beside what serves; `switch`: put that in its place;
 * `go-back`: put what served before in its place; `clear`: remove what is put together and not in use; `remove`: delete what
 * served before.
 */
export type Step = 'stage' | 'switch' | 'go-back' | 'clear' | 'remove';

/** Why a wish cannot be fulfilled now, and what can be done. */
type Refusal = (set: string) => readonly [message: string, hint: string];

const nothingPending: Refusal = () => [
  'no restore is pending here',
  'There is nothing to finish or to undo.',
];
const halfDone: Refusal = (set) => [
  `the restore of ${set} was interrupted while it changed places`,
  halfDoneRemedy({ phase: 'switching' }),
];
const notFinished: Refusal = (set) => [
  `${set} was restored here, and what served before is kept`,
  'First delete that with `matrix-deploy restore --finish`, or go back to it with `matrix-deploy restore --undo`.',
];
const beingUndone: Refusal = (set) => [
  `the restore of ${set} is being undone, which was interrupted`,
  halfDoneRemedy({ phase: 'undoing' }),
];
const beingFinished: Refusal = (set) => [
  `what served before ${set} was restored is being deleted, which was interrupted`,
  'Run `matrix-deploy restore --finish` to continue.',
];

/** Each step can be repeated: what is done of it already is passed over. */
const changing = { restore: ['switch'], finish: ['switch', 'remove'], undo: ['go-back', 'clear'] } as const;
const undoing = { restore: beingUndone, finish: beingUndone, undo: ['go-back', 'clear'] } as const;

/** By how far a restore has come, also one that was killed there. */
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
 * Decides how to go on: also after a run that was killed, from where it was.
 *
 * @param wanted what is to be restored, where that was named: a set, or the newest one that is not later than a point in time
 * @throws UsageError for what cannot be now, and for what there is no reason for
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
