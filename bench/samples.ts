/** Something that was measured, one number a round, and what it is measured against. */
export interface Comparison {
  readonly name: string;
  readonly unit: 'ms' | 'MiB' | '';
  /** Version of the Node that ours ran on. */
  readonly node: string;
  readonly ours: readonly number[];
  readonly against?: { readonly name: string; readonly samples: readonly number[] };
  /** What ours should not exceed: `ratio` times the other's median, or `value` in the unit. */
  readonly bar?: { readonly ratio: number } | { readonly value: number };
}

/** A part of a longer run; times in milliseconds since the run's start. */
export interface Step {
  readonly name: string;
  readonly start: number;
  readonly end: number;
}

/** Where the time of a side goes: a list of steps for each round. */
export interface Breakdown {
  readonly name: string;
  readonly rounds: readonly (readonly Step[])[];
}

export interface Measurement {
  readonly comparisons: readonly Comparison[];
  readonly breakdowns?: readonly Breakdown[];
}

export interface Summary {
  readonly median: number;
  readonly min: number;
  readonly max: number;
}

/** @throws when there is no sample */
export function summarise(samples: readonly number[]): Summary {
  const sorted = samples.toSorted((a, b) => a - b);
  const [min, max] = [sorted[0], sorted.at(-1)];
  const [below, above] = [sorted[(sorted.length - 1) >> 1], sorted[sorted.length >> 1]];
  if (min === undefined || max === undefined || below === undefined || above === undefined) {
    throw new Error('nothing was measured');
  }
  return { median: (below + above) / 2, min, max };
}

/** Ours by theirs, of the medians; undefined where nothing is compared. */
export function ratioOf({ ours, against }: Comparison): number | undefined {
  return against && summarise(ours).median / summarise(against.samples).median;
}

/** Is the bar met? undefined where there is none. */
export function meetsBar(comparison: Comparison): boolean | undefined {
  const { bar, ours } = comparison;
  if (bar === undefined) return undefined;
  return 'ratio' in bar ? (ratioOf(comparison) ?? 0) <= bar.ratio : summarise(ours).median <= bar.value;
}

/**
 * Runs the sides in turn, A B A B, so that what else happens on the machine falls on all alike.
 *
 * @param sides what is done for one sample of each; keys name them
 * @returns the samples of each side, in the order of the rounds
 */
export async function interleaved<Samples extends Readonly<Record<string, unknown>>>(
  rounds: number,
  sides: { readonly [Name in keyof Samples]: (round: number) => Promise<Samples[Name]> },
): Promise<{ [Name in keyof Samples]: Samples[Name][] }> {
  const names: (keyof Samples)[] = Object.keys(sides);
  const samples = Object.fromEntries(names.map((name) => [name, []])) as unknown as {
    [Name in keyof Samples]: Samples[Name][];
  };
  for (let round = 1; round <= rounds; round++) {
    for (const name of names) {
      samples[name].push(await sides[name](round));
    }
  }
  return samples;
}
