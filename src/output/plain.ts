import type { Output } from '../context.ts';
import { printableLine } from '../printable.ts';
import type { Reporter } from './reporter.ts';
import type { Style } from './style.ts';
import {
  countOf,
  describeCount,
  describeOperation,
  describeResult,
  describeSeconds,
  isWorthALine,
} from './wording.ts';

/** A line for each step that is done: for pipes, logs and dumb terminals. */
export function plainRenderer(stderr: Output, style: Style): Reporter {
  const line = (text: string) => stderr.write(`${printableLine(text, style.level > 0)}\n`);
  return {
    event(event) {
      if (event.type === 'begin' && event.estimateSeconds > 2) {
        const steps = countOf(event.operations, 'step');
        line(style.dim(`${steps}, about ${describeSeconds(event.estimateSeconds * 1000)}`));
      } else if (event.type === 'done' && isWorthALine(event.operation)) {
        line(
          `${style.green('done')} ${describeResult(event.operation)} ${style.dim(`(${describeSeconds(event.milliseconds)})`)}`,
        );
      } else if (event.type === 'fail') {
        line(`${style.red('failed')} ${describeOperation(event.operation)}`);
      } else if (event.type === 'cancel' && isWorthALine(event.operation)) {
        line(`${style.yellow('cancelled')} ${describeOperation(event.operation)}`);
      } else if (event.type === 'note') {
        line(event.text);
      }
    },
    count(progress) {
      // A line for every tenth part.
      const tenths = (done: number) => Math.floor((done * 10) / progress.all);
      if (tenths(progress.done) > tenths(progress.done - 1)) {
        line(style.dim(describeCount(progress)));
      }
    },
    moment: (text) => line(style.dim(text)),
    say: line,
    stop() {},
  };
}
