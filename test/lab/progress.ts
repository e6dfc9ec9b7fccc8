import { readDurations, writeDurations } from './durations.ts';

/** Tells somebody who waits what is being done. */
export type Say = (message: string) => void;

/** One thing of several that are done one after the other. */
export interface Step {
  name: string;
  /** How long it takes on a machine of two cores that has nothing yet; later, the last time tells. */
  seconds: number;
  work(say: Say): Promise<void>;
  /** Whether the step writes to the terminal itself. */
  loud?: boolean;
}

/**
 * Does the steps in order and shows, on stderr, which is being done, for how long, and how much time is left if all goes as the last time.
 * @param title under which the durations are remembered
 */
export async function doSteps(title: string, steps: readonly Step[]): Promise<void> {
  const durations = await readDurations();
  const key = (step: Step): string => `${title}: ${step.name}`;
  let left = steps.reduce((sum, step) => sum + expected(step), 0);
  for (const [index, step] of steps.entries()) {
    const label = `[${index + 1}/${steps.length}] ${step.name}`;
    const line = new Line(label, left, step.loud ?? false);
    left -= expected(step);
    try {
      await step.work((message) => line.say(message));
    } finally {
      line.end();
    }
    print(`${label}: ${line.elapsed.toFixed(1)} s`);
    await writeDurations({ ...(await readDurations()), [key(step)]: line.elapsed });
  }

  function expected(step: Step): number {
    return durations[key(step)] ?? step.seconds;
  }
}

/** `75` becomes `1 min 15 s`. */
export function showSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What is shown while a step is being done: one line that is written over each second, or, off a terminal, written once. */
class Line {
  readonly #label: string;
  readonly #left: number;
  readonly #started = performance.now();
  readonly #timer: NodeJS.Timeout | undefined;

  /** @param left how many seconds this step and the rest will take */
  constructor(label: string, left: number, loud: boolean) {
    this.#label = label;
    this.#left = left;
    if (process.stderr.isTTY && !loud) {
      this.#timer = setInterval(() => this.#draw(), 1000);
      this.#draw();
    } else {
      print(`${label} … about ${showSeconds(left)} left`);
    }
  }

  /** In seconds. */
  get elapsed(): number {
    return (performance.now() - this.#started) / 1000;
  }

  say(message: string): void {
    this.#clear();
    print(`      ${message}`);
  }

  end(): void {
    clearInterval(this.#timer);
    this.#clear();
  }

  #draw(): void {
    const left = this.#left - this.elapsed;
    const estimate = left > 0 ? `about ${showSeconds(left)} left` : 'longer than the last time';
    process.stderr.write(`\r\x1b[K${this.#label} … ${showSeconds(this.elapsed)}, ${estimate}`);
  }

  #clear(): void {
    if (this.#timer) process.stderr.write('\r\x1b[K');
  }
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}
