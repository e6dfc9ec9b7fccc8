import { expect, test } from 'vitest';
import { plainRenderer } from '../../../src/output/plain.ts';
import type { Reporter } from '../../../src/output/reporter.ts';
import { styleFor } from '../../../src/output/style.ts';
import { ttyRenderer } from '../../../src/output/tty.ts';
import type { ApplyEvent } from '../../../src/plan/events.ts';
import type { Operation } from '../../../src/plan/operation.ts';
import { fakeClock } from '../../fakes/clock.ts';

const start = (service: string): Operation => ({
  kind: 'start-service',
  id: service,
  after: [],
  service,
  change: 'create',
  resource: `service ${service}`,
  cause: 'test',
});

/** What a plan leaves behind of which the first operation failed. */
const events: readonly ApplyEvent[] = [
  { type: 'begin', operations: 3, estimateSeconds: 1 },
  { type: 'start', operation: start('a') },
  { type: 'start', operation: start('b') },
  { type: 'fail', operation: start('a'), milliseconds: 10 },
  { type: 'cancel', operation: start('b'), milliseconds: 10 },
  { type: 'cancel', operation: start('c'), milliseconds: 0 },
  { type: 'end' },
];

test.each<[string, (write: (text: string) => void) => Reporter]>([
  ['in a pipe', (write) => plainRenderer({ write }, styleFor({ write }, {}))],
  ['on a terminal', (write) => ttyRenderer({ write, isTTY: false }, styleFor({ write }, {}), fakeClock())],
])('what was cancelled must be shown as that and never as done, %s', (_where, reporterFor) => {
  let shown = '';
  const reporter = reporterFor((text) => {
    shown += text;
  });
  for (const event of events) {
    reporter.event(event);
  }
  expect(shown.split('\n').filter((line) => line.includes('service'))).toEqual([
    'failed create service a',
    'cancelled create service b',
    'cancelled create service c',
  ]);
});

test('a long remark must be broken between words on a terminal, and be one line in a pipe', () => {
  const text = `note (dns): ${'matrix.example.org has no record. '.repeat(4)}`.trim();
  const written = (reporterFor: (write: (part: string) => void) => Reporter) => {
    let shown = '';
    const reporter = reporterFor((part) => {
      shown += part;
    });
    reporter.event({ type: 'note', text });
    reporter.stop();
    return shown.split('\n').filter((line) => line.includes('record'));
  };
  const inPipe = written((write) => plainRenderer({ write }, styleFor({ write }, {})));
  const onTerminal = written((write) =>
    ttyRenderer({ write, isTTY: false, columns: 80 }, styleFor({ write }, {}), fakeClock()),
  );
  expect(inPipe).toEqual([text]);
  expect(onTerminal.join(' ')).toBe(text);
  expect(Math.max(...onTerminal.map(({ length }) => length))).toBeLessThanOrEqual(80);
});
