import { describe, expect, test } from 'vitest';
import { CancelledError } from '../../../src/errors.ts';
import { askNewPassword, askYesNo, confirm, typeToConfirm } from '../../../src/output/prompts.ts';
import { key } from '../../fakes/screen.ts';
import { fakeTerminal } from '../../fakes/terminal.ts';

/** What a question has written when it was answered, and how it ended. */
async function asked(
  question: (terminal: ReturnType<typeof fakeTerminal>) => Promise<unknown>,
  answers: readonly (readonly [seen: string, keys: string])[],
  environment: Readonly<Record<string, string>> = {},
) {
  const terminal = { ...fakeTerminal(), environment };
  let written = '';
  const write = terminal.stderr.write.bind(terminal.stderr);
  terminal.stderr.write = ((text: string, ...rest: []) => {
    written += text;
    return write(text, ...rest);
  }) as typeof terminal.stderr.write;
  const ended = question(terminal).catch((error: unknown) => error);
  for (const [seen, keys] of answers) {
    await terminal.see(seen);
    terminal.type(keys);
  }
  return { ended: await ended, written, isSane: await terminal.isSane(), screen: terminal.screen };
}

const removal = { message: 'Remove it?', flag: '--yes' };
const deletion = { message: 'All of it goes.', word: 'example.org', flag: '--confirm' };
// biome-ignore lint/suspicious/noControlCharactersInRegex: a colour begins with one.
const colour = /\u001b\[[0-9;]*m/;

describe('a question', () => {
  test.each([
    ['confirm', (terminal) => confirm(terminal, removal), 'Remove it?', `y${key.enter}`],
    [
      'typeToConfirm',
      (terminal) => typeToConfirm(terminal, deletion),
      'to continue:',
      `example.org${key.enter}`,
    ],
    ['askYesNo', (terminal) => askYesNo(terminal, 'Really?'), 'Really?', key.enter],
  ] satisfies [string, Parameters<typeof asked>[0], string, string][])(
    'of %s must have colours, and none with NO_COLOR',
    async (_name, question, seen, keys) => {
      expect((await asked(question, [[seen, keys]])).written).toMatch(colour);
      const { written, isSane, screen } = await asked(question, [[seen, keys]], { NO_COLOR: '1' });
      expect(screen.text).not.toMatch(/idle|done|loading/);
      expect(written).not.toMatch(colour);
      expect(isSane).toBe(true);
    },
  );

  test.each([
    ['no', (terminal) => confirm(terminal, removal), 'Remove it?', `n${key.enter}`],
    ['nothing', (terminal) => confirm(terminal, removal), 'Remove it?', key.enter],
    ['Ctrl-C', (terminal) => confirm(terminal, removal), 'Remove it?', key.interrupt],
    [
      'another word',
      (terminal) => typeToConfirm(terminal, deletion),
      'to continue:',
      `example.com${key.enter}`,
    ],
    ['Escape', (terminal) => typeToConfirm(terminal, deletion), 'to continue:', key.escape],
  ] satisfies [string, Parameters<typeof asked>[0], string, string][])(
    'that is answered with %s must end everything',
    async (_answer, question, seen, keys) => {
      expect((await asked(question, [[seen, keys]])).ended).toBeInstanceOf(CancelledError);
    },
  );
});

describe('a new password', () => {
  const ask: Parameters<typeof asked>[0] = (terminal) => askNewPassword(terminal, 'Password');

  test('must be asked for twice, from the beginning where the two differ, and never be seen', async () => {
    const { ended, written } = await asked(ask, [
      ['Password:', key.enter],
      ['cannot be empty', `secret${key.enter}`],
      ['again:', `secert${key.enter}`],
      ['The two differ', `secret${key.enter}`],
      ['again:', `secret${key.enter}`],
    ]);
    expect(String((ended as { reveal(): string }).reveal())).toBe('secret');
    expect(written).not.toMatch(/sec|ert|ret/);
  });

  test.each([
    ['first', [['Password:', key.interrupt]]],
    [
      'second',
      [
        ['Password:', `x${key.enter}`],
        ['again:', key.interrupt],
      ],
    ],
  ] satisfies [string, [string, string][]][])(
    'must be nothing after Ctrl-C at the %s',
    async (_which, answers) => {
      const { ended, isSane } = await asked(ask, answers);
      expect(ended).toBeInstanceOf(CancelledError);
      expect(isSane).toBe(true);
    },
  );
});
