import ora from 'ora';
import type { Output } from '../context.ts';
import type { Clock } from '../host/clock.ts';
import type { Operation } from '../plan/operation.ts';
import { printable } from '../printable.ts';
import { plainRenderer } from './plain.ts';
import type { Reporter } from './reporter.ts';
import type { Style } from './style.ts';
import { describeCount, describeOperation, describeSeconds } from './wording.ts';
import { terminalWidth, wrapIndented } from './wrap.ts';

const tickMilliseconds = 200;

/** A spinner with step, elapsed time and estimate, and above it a line for each step that is done. */
export function ttyRenderer(stderr: Output, style: Style, clock: Pick<Clock, 'now'>): Reporter {
  // discardStdin would put the terminal into raw mode, where Ctrl-C is no signal.
  const spinner = ora({
    stream: stderr as NodeJS.WriteStream,
    discardStdin: false,
    color: style.level > 0 ? 'cyan' : false,
  });
  const lines = plainRenderer({ write: (text) => above(text) }, style);
  const running = new Map<string, { operation: Operation; progress: string }>();
  let begun = 0;
  let steps = { done: 0, all: 0, estimateSeconds: 0 };
  let ticker: NodeJS.Timeout | undefined;

  const columns = () => stderr.columns ?? terminalWidth;
  const above = (text: string) => {
    const spinning = spinner.isSpinning;
    spinner.stop();
    stderr.write(text);
    if (spinning) {
      spinner.start();
    }
  };
  const show = () => {
    const [first] = running.values();
    const elapsed = describeSeconds(clock.now().getTime() - begun);
    const what = first === undefined ? '' : `${describeOperation(first.operation)}${first.progress}`;
    const timing = `${elapsed} of about ${describeSeconds(steps.estimateSeconds * 1000)}`;
    spinner.text = oneLine(`[${steps.done}/${steps.all}] ${what} · ${timing}`, columns());
  };
  const stop = () => {
    clearInterval(ticker);
    spinner.stop();
  };

  return {
    event(event) {
      switch (event.type) {
        case 'begin':
          begun = clock.now().getTime();
          steps = { done: 0, all: event.operations, estimateSeconds: event.estimateSeconds };
          spinner.start();
          ticker = setInterval(show, tickMilliseconds);
          return;
        case 'end':
          return stop();
        case 'start':
          running.set(event.operation.id, { operation: event.operation, progress: '' });
          break;
        case 'progress':
          running.set(event.operation.id, { operation: event.operation, progress: `, ${event.text}` });
          break;
        case 'done':
        case 'fail':
        case 'cancel':
          running.delete(event.operation.id);
          steps.done += 1;
          lines.event(event);
          break;
        case 'note':
          for (const text of wrapIndented(event.text, columns())) {
            lines.event({ ...event, text });
          }
      }
      show();
    },
    count(progress) {
      spinner.text = oneLine(describeCount(progress), columns());
      spinner.start();
    },
    moment(text) {
      spinner.text = oneLine(text, columns());
      spinner.start();
    },
    say: lines.say,
    stop,
  };
}

/** Shortens a text to one line: a spinner of several lines leaves lines behind. */
function oneLine(text: string, columns: number): string {
  const room = columns - 3;
  const line = printable(text);
  return line.length <= room ? line : `${line.slice(0, room - 1)}…`;
}
