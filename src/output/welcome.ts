import { serverOf } from '../identifiers/user-id.ts';
import type { InitResult } from '../procedures/init.ts';
import { describeDocuments, describeRecords } from './delegation.ts';
import { describeOutside } from './outside.ts';
import type { Style } from './style.ts';
import { alignColumns } from './table.ts';
import { terminalWidth, wrapWords } from './wrap.ts';

/**
 * What the owner of a new server needs next.
 *
 * @param dirFlag the flag that commands need to find the deployment directory, with a space before it; empty where they
 *   need none
 */
export function describeWelcome(result: InitResult, style: Style, dirFlag: string): string[] {
  const { directory, passwordFile, outside, documents, records } = result;
  const serverName = serverOf(result.userId);
  // While a site elsewhere does not serve the documents that it must serve, nobody finds the server.
  const isOfRecords = (code = '') => code.startsWith('srv-');
  const isLed =
    documents.length === 0 ||
    (result.started && outside.every(({ code }) => code === undefined || isOfRecords(code)));
  const password = passwordFile === undefined ? 'the one that you chose' : `in ${passwordFile}`;
  const rows = [
    ['  homeserver', result.url],
    ['  user ID', result.userId],
    ...(result.started ? [['  password', password]] : []),
    ...result.roots.map((path) => ['  certificate', `trust ${path}`]),
    ['  settings', `in ${directory}/matrix.yaml`],
  ];
  return [
    style.bold(headline(result)),
    '',
    ...alignColumns(rows),
    '',
    ...(isLed
      ? []
      : [...describeDocuments({ serverName, servedBy: 'a site elsewhere', documents }, style), '']),
    ...(outside.some(({ code }) => isOfRecords(code)) ? [...describeRecords(records), ''] : []),
    ...(outside.length === 0
      ? []
      : [...describeOutside(outside, style), '', ...wrapWords(logIn(result), terminalWidth), '']),
    ...nextCommands(result, dirFlag),
  ];
}

function headline({ started, changed }: InitResult): string {
  if (!started) {
    return 'Nothing is running yet.';
  }
  return changed ? 'Your homeserver is running.' : 'No changes: your homeserver is running.';
}

/** The words are those of Element X on Android and iOS. */
function logIn({ userId }: InitResult): string {
  return `From a phone: install Element X, choose "Sign in manually" and then "Change account provider", type ${serverOf(userId)}, and sign in as ${userId} with the password.`;
}

function nextCommands({ started }: InitResult, dirFlag: string): string[] {
  if (dirFlag !== '') {
    const command = (name: string) => `matrix-deploy ${name}${dirFlag}`;
    const rows = started
      ? [
          ['  add people', command('add-user')],
          ['  see it', command('status')],
          ['  undo it', command('destroy')],
        ]
      : [
          ['  see the changes', command('plan')],
          ['  continue', command('init')],
        ];
    // A line of its own for each command: one that is wrapped cannot be copied.
    return [started ? 'Next:' : 'Review matrix.yaml. Then:', ...alignColumns(rows)];
  }
  const lines = started
    ? [
        'Add people: `matrix-deploy add-user`.',
        'See it: `matrix-deploy status`. Undo it: `matrix-deploy destroy`.',
      ]
    : [
        'Review matrix.yaml, and run `matrix-deploy plan` to see the changes. Then run `matrix-deploy init` again to continue.',
      ];
  return lines.flatMap((line) => wrapWords(line, terminalWidth));
}
