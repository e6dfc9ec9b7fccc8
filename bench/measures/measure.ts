import type { Measurement } from '../samples.ts';
import type { Workbench } from '../workbench.ts';

/** A Node that ours runs on. */
export interface NodeRelease {
  /** As it calls itself: `v22.23.3`. */
  readonly version: string;
  /** Path of its program. */
  readonly program: string;
}

interface MeasureOptions {
  /** The Nodes to measure on; the first is the one that this runs on. */
  readonly nodes: readonly [NodeRelease, ...NodeRelease[]];
  /** How many rounds, in place of the measure's own number. */
  readonly rounds: number | undefined;
  /** The directory of another checkout, built, to measure beside this one. */
  readonly before: string | undefined;
}

export type Measure = (bench: Workbench, options: MeasureOptions) => Promise<Measurement>;
