import type { Context } from '../context.ts';
import { interrupted } from '../host/bounds.ts';

/** The pause between two reports, in milliseconds. */
const interval = 5000;

interface Report {
  readonly findings: readonly { readonly verdict: string }[];
}

interface Watch<Seen> {
  readonly minutes: number;
  onReport(report: Seen): void;
}

/**
 * Repeats a look until no finding has failed, or the time is over. What cannot be verified from here is no failure.
 *
 * @returns the last report
 * @throws CancelledError when it is interrupted
 */
export async function lookUntilRight<Seen extends Report>(
  look: () => Promise<Seen>,
  { minutes, onReport }: Watch<NoInfer<Seen>>,
  { clock, interrupt }: Pick<Context, 'clock' | 'interrupt'>,
): Promise<Seen> {
  const end = clock.now().getTime() + minutes * 60_000;
  for (;;) {
    const report = await look();
    onReport(report);
    const left = end - clock.now().getTime();
    if (report.findings.every(({ verdict }) => verdict !== 'failed') || left <= 0) {
      return report;
    }
    await clock.sleep(Math.min(interval, left), interrupt).catch(() => {
      throw interrupted();
    });
  }
}
