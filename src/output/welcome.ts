import type { InitResult } from '../procedures/init.ts';
import { describeOutside } from './outside.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';

/** What a new server's owner needs next. */
export function describeWelcome(result: InitResult, style: Style): string[] {
  const rows = [
    ['  homeserver', result.url],
    ['  user ID', result.userId],
    ...(result.passwordFile === undefined ? [] : [['  password', `in ${result.passwordFile}`]]),
    ...result.roots.map((path) => ['  certificate', `trust ${path}`]),
    ['  settings', `in ${result.directory}/matrix.yaml`],
  ];
  const headline = result.changed ? 'Your homeserver is up.' : 'No changes: your homeserver is up as it was.';
  return [
    style.bold(headline),
    '',
    ...alignColumns(rows),
    '',
    ...(result.outside.length === 0 ? [] : [...describeOutside(result.outside, style), '']),
    'See it: `matrix-deploy status`. Undo it: `matrix-deploy destroy`.',
  ];
}
