import { mkdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { cacheDir } from './cache.ts';

/** Tells somebody who waits what is being done. */
export type Say = (message: string) => void;

/** One thing of several that are done one after the other. */
export interface Step {
  name: string;
  work(say: Say): Promise<void>;
  /** Whether the step writes to the terminal itself. */
  loud?: boolean;
}

/** How long each step took when it was last done, in seconds. */
type Durations = Record<string, number>;

/**
 * Does the steps in order and shows, on stderr, which is being done, for how long, and how long it all will take if it goes as the last time.
 * @param title under which the durations are remembered
 */
export async function doSteps(title: string, steps: readonly Step[]): Promise<void> {
  const durations = await readDurations();
  const expected = (step: Step): number | undefined => durations[`${title}: ${step.name}`];
  for (const [index, step] of steps.entries()) {
    const rest = remaining(steps.slice(index).map(expected));
    const label = `[${index + 1}/${steps.length}] ${step.name}`;
    const started = Date.now();
    const line = new Line(label, rest, step.loud ?? false);
    try {
      await step.work((message) => line.say(message));
    } finally {
      line.end();
    }
    const seconds = (Date.now() - started) / 1000;
    print(`${label}: ${seconds.toFixed(1)} s`);
    durations[`${title}: ${step.name}`] = seconds;
    await writeDurations(durations);
  }
}

/** @returns the sum in seconds, or undefined when one of the parts is not known */
export function remaining(parts: readonly (number | undefined)[]): number | undefined {
  return parts.reduce<number | undefined>(
    (sum, part) => (sum === undefined || part === undefined ? undefined : sum + part),
    0,
  );
}

/** `75` becomes `1 min 15 s`. */
export function showSeconds(seconds: number): string {
  const whole = Math.round(seconds);
  return whole < 60 ? `${whole} s` : `${Math.floor(whole / 60)} min ${whole % 60} s`;
}

/** What is shown while a step is being done: one line that is written over each second, or, off a terminal, written once. */
class Line {
  readonly #label: string;
  readonly #estimate: string;
  readonly #started = Date.now();
  readonly #timer: NodeJS.Timeout | undefined;

  constructor(label: string, rest: number | undefined, loud: boolean) {
    this.#label = label;
    this.#estimate = rest === undefined ? '' : `, all done in about ${showSeconds(rest)}`;
    if (process.stderr.isTTY && !loud) {
      this.#timer = setInterval(() => this.#draw(), 1000);
      this.#draw();
    } else {
      print(`${label} …${this.#estimate}`);
    }
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
    const elapsed = showSeconds((Date.now() - this.#started) / 1000);
    process.stderr.write(`\r\x1b[K${this.#label} … ${elapsed}${this.#estimate}`);
  }

  #clear(): void {
    if (this.#timer) process.stderr.write('\r\x1b[K');
  }
}

function print(line: string): void {
  process.stderr.write(`${line}\n`);
}

const durationsPath = (): string => join(cacheDir(), 'durations.json');

async function readDurations(): Promise<Durations> {
  try {
    return JSON.parse(await readFile(durationsPath(), 'utf8')) as Durations;
  } catch {
    // None yet, or unreadable: estimates are then missing, no more.
    return {};
  }
}

async function writeDurations(durations: Durations): Promise<void> {
  await mkdir(cacheDir(), { recursive: true });
  const part = `${durationsPath()}.${process.pid}`;
  await writeFile(part, JSON.stringify(durations, undefined, 2));
  await rename(part, durationsPath());
}
