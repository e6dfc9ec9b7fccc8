/** The free space of file systems, and the sizes of growing data, at one moment. */
export interface Sample {
  /** ISO 8601. */
  readonly at: string;
  /** By mount point, the free bytes of a file system. */
  readonly free: Readonly<Record<string, number>>;
  /** By name of growing data, its size in bytes. */
  readonly sizes: Readonly<Record<string, number>>;
}

/** How fast a file system fills, by its samples. */
export interface Trend {
  /** Negative where more is free than before. */
  readonly bytesPerDay: number;
  /** Days that were observed. */
  readonly observedDays: number;
  /** Days until nothing is free at this pace; `undefined` where it does not fill. */
  readonly fullInDays: number | undefined;
}

const hour = 3_600_000;
const day = 24 * hour;

/** Older samples say little about the present pace. */
const window = 7 * day;
/** A shorter time may show a single upload or pulled image, and no pace. */
const shortest = 6 * hour;

/** How a file system fills, from samples of the last week; `undefined` where they cover less than six hours. */
export function trendOf(
  samples: readonly Sample[],
  mountPoint: string,
  { freeBytes, now }: { freeBytes: number; now: Date },
): Trend | undefined {
  const oldest = samples
    .map(({ at, free }) => ({ age: now.getTime() - Date.parse(at), free: free[mountPoint] }))
    .filter(({ age, free }) => free !== undefined && age >= shortest && age <= window)
    .sort((a, b) => b.age - a.age)[0];
  if (oldest?.free === undefined) {
    return undefined;
  }
  const observedDays = oldest.age / day;
  const bytesPerDay = (oldest.free - freeBytes) / observedDays;
  return {
    bytesPerDay,
    observedDays,
    fullInDays: bytesPerDay > 0 ? freeBytes / bytesPerDay : undefined,
  };
}

/** How far apart kept samples are, by their age: newer ones are closer together. */
const steps = [
  { within: 2 * day, apart: hour },
  { within: 60 * day, apart: day },
] as const;

/** Whether a new sample is due: no other one is less than an hour away. */
export function isSampleDue(samples: readonly Sample[], now: Date): boolean {
  return samples.every(({ at }) => Math.abs(now.getTime() - Date.parse(at)) >= steps[0].apart);
}

/** The samples that are worth keeping, oldest first: at most one an hour for two days, and one a day for sixty. */
export function thinned(samples: readonly Sample[], now: Date): Sample[] {
  const kept = new Map<string, Sample>();
  for (const sample of samples.toSorted((a, b) => Date.parse(a.at) - Date.parse(b.at))) {
    const time = Date.parse(sample.at);
    const step = steps.find(({ within }) => now.getTime() - time <= within);
    const slot = step && `${step.apart} ${Math.floor(time / step.apart)}`;
    // Keeps the first sample of an hour or day, so that the kept one does not change with each new sample.
    if (slot !== undefined && time <= now.getTime() && !kept.has(slot)) {
      kept.set(slot, sample);
    }
  }
  return [...kept.values()];
}
