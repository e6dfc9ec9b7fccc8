import type { TalkFinding } from '../administration/talk/conversation.ts';
import { serverOf } from '../identifiers/user-id.ts';
import { describeVerdict } from './findings.ts';
import type { Style } from './style.ts';
import { terminalWidth, wrapWords } from './wrap.ts';

/** As wide as a verdict and the two spaces after it. */
const indent = ' '.repeat(9);

/**
 * The results of encrypted messages: a line for each message that was decrypted, and what is wrong with the others.
 *
 * @param isAlone whether no other server was tested
 */
export function describeTalk(findings: readonly TalkFinding[], isAlone: boolean, style: Style): string[] {
  const messages = findings.filter(({ code }) => code !== 'talk-left-over');
  const read = messages.filter(({ verdict }) => verdict === 'passed').length;
  const rest = findings.filter(({ verdict }) => verdict !== 'passed');
  return [
    `Encrypted messages: ${read} of ${messages.length} decrypted by the recipient.`,
    ...messages.filter(({ verdict }) => verdict === 'passed').map(describePassed),
    ...rest.flatMap((finding) => describeTrouble(finding, style)),
    ...(isAlone
      ? wrapWords(
          'This tested accounts of this server only. To test with another server, name an account there: --other-server and --other-user.',
          terminalWidth,
        )
      : []),
  ];
}

function describePassed({ code, from, to, milliseconds = 0 }: TalkFinding): string {
  const way = code === 'talk-here' ? `within ${serverIn(from)}` : `from ${serverIn(from)} to ${serverIn(to)}`;
  return `  ${way}, after ${(milliseconds / 1000).toFixed(1)} s`;
}

function describeTrouble({ verdict, code, from, to, saw, remedy }: TalkFinding, style: Style): string[] {
  const place = code === 'talk-left-over' ? '' : `${from} to ${to}: `;
  const [first = '', ...others] = wrapWords(`${place}${saw}`, terminalWidth - indent.length);
  const remedies = remedy === undefined ? [] : wrapWords(remedy, terminalWidth - indent.length);
  return [
    `${describeVerdict(verdict === 'passed' ? 'warning' : verdict, style)}  ${first}`,
    ...[...others, ...remedies].map((line) => `${indent}${line}`),
  ];
}

/** The server name in a user ID; any other text as it is. */
function serverIn(id: string): string {
  return id.startsWith('@') ? serverOf(id) : id;
}
