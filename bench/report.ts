import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { alignColumns } from '../src/output/table.ts';
import {
  type Breakdown,
  type Comparison,
  type Measurement,
  meetsBar,
  ratioOf,
  summarise,
} from './samples.ts';

/** The comparisons as a table, then where the time goes. */
export function reportLines({ comparisons, breakdowns = [] }: Measurement): string[] {
  const heading = ['', 'node', 'ours', 'min..max', 'against', '', 'min..max', 'ratio', 'bar', ''];
  return [
    ...alignColumns([heading, ...comparisons.map(row)]),
    ...breakdowns.flatMap((breakdown) => ['', ...breakdownLines(breakdown)]),
  ];
}

function row(comparison: Comparison): string[] {
  const { name, unit, node, ours, against, bar } = comparison;
  const ratio = ratioOf(comparison);
  const met = meetsBar(comparison);
  return [
    name,
    node,
    ...figures(ours, unit),
    against?.name ?? '',
    ...(against ? figures(against.samples, unit) : ['', '']),
    ratio === undefined ? '' : ratio.toFixed(2),
    barText(comparison, bar),
    met === undefined ? '' : met ? 'met' : 'missed',
  ];
}

function barText({ unit }: Comparison, bar: Comparison['bar']): string {
  if (bar === undefined) return '';
  return 'ratio' in bar ? `${bar.ratio} x` : `${bar.value} ${unit}`.trim();
}

function figures(samples: readonly number[], unit: string): string[] {
  const { median, min, max } = summarise(samples);
  return [`${median.toFixed(0)} ${unit}`.trim(), `${min.toFixed(0)}..${max.toFixed(0)}`];
}

/** Each step's medians over the rounds that had it: when it began, when it ended, how long it took; in seconds. */
function breakdownLines({ name, rounds }: Breakdown): string[] {
  const all = rounds.flat();
  const steps = [...new Set(all.map((step) => step.name))]
    .map((step) => ({ step, times: all.filter((one) => one.name === step) }))
    .map(({ step, times }) => ({
      step,
      start: summarise(times.map(({ start }) => start)).median,
      end: summarise(times.map(({ end }) => end)).median,
      took: summarise(times.map(({ start, end }) => end - start)).median,
    }))
    .toSorted((a, b) => a.start - b.start);
  const seconds = (milliseconds: number) => (milliseconds / 1000).toFixed(2).padStart(6);
  return [
    `${name}: where the time goes (medians, s)`,
    ...alignColumns([
      [' start', '   end', '  took', ''],
      ...steps.map(({ step, start, end, took }) => [seconds(start), seconds(end), seconds(took), step]),
    ]),
  ];
}

/**
 * Keeps a run, every sample of it, with the machine that it was made on.
 *
 * @returns the path of the file
 */
export async function writeResults(
  directory: string,
  measurement: Measurement,
  machine: Readonly<Record<string, unknown>>,
): Promise<string> {
  const date = new Date().toISOString();
  const comparisons = measurement.comparisons.map((comparison) => ({
    ...comparison,
    median: summarise(comparison.ours).median,
    ratio: ratioOf(comparison),
    meetsBar: meetsBar(comparison),
  }));
  await mkdir(directory, { recursive: true });
  const path = join(directory, `${date.replaceAll(':', '-')}.json`);
  const document = { schemaVersion: 1, date, machine, ...measurement, comparisons };
  await writeFile(path, `${JSON.stringify(document, undefined, 2)}\n`);
  return path;
}
