import { describe, expect, test } from 'vitest';
import { adminMeaning } from '../../../src/config/admin.ts';
import type { Answers } from '../../../src/config/answers.ts';
import { beginInterview } from '../../../src/config/interview.ts';
import type { NameSight } from '../../../src/config/name-sight.ts';
import { styleFor } from '../../../src/output/style.ts';
import { runWizard } from '../../../src/output/wizard.ts';
import { offeredAnswers as all } from '../../fakes/answers.ts';
import { key } from '../../fakes/screen.ts';
import { fakeTerminal } from '../../fakes/terminal.ts';

interface Start {
  given?: Answers;
  offered?: Answers;
  domain?: string;
  sight?: Partial<NameSight>;
}

/** A wizard at its first question, on a terminal. */
async function startWizard({ given = {}, offered = {}, domain, sight }: Start = {}) {
  const terminal = fakeTerminal();
  const { screen } = terminal;
  let kept: Answers = {};
  const done = runWizard(
    { terminal, style: styleFor(terminal.stderr, {}) },
    beginInterview(given, offered, domain),
    {
      write: async (answers) => {
        kept = answers;
      },
    },
    async (name) =>
      sight && {
        name,
        addresses: [],
        destination: 'nowhere',
        answers: false,
        hasHomeserver: false,
        failure: undefined,
        ...sight,
      },
  );
  const ended = done.then(
    (answers) => ({ answers, error: undefined }),
    (error) => ({ answers: undefined, error }),
  );
  return {
    ...terminal,
    ended,
    kept: () => kept,
    /** Waits for a text, then types; after each step the page must fit. */
    async answer(seen: string, ...keys: string[]) {
      await terminal.see(seen);
      expect(screen.isWrapped || screen.isFull, screen.text).toBe(false);
      terminal.type(keys.join(''));
    },
  };
}

describe('the wizard', () => {
  test('must be done with Enter alone where the machine has a domain', async () => {
    const { answer, ended, isSane, see } = await startWizard({ domain: 'example.org' });
    await answer('server name: (example.org)', key.enter);
    await answer('2 of about 6', key.enter);
    await answer('host: (matrix.example.org)', key.enter);
    await answer('4 of about 6', key.enter);
    await answer('admin: (admin)', key.enter);
    await answer('6 of 6', key.enter);
    await answer('Yes, set it up', key.enter);
    expect(await ended).toEqual({ answers: all, error: undefined });
    expect(await isSane()).toBe(true);
    await see('address       https://matrix.example.org');
  });

  test('must say what an admin is, and is not for, where it asks for one', async () => {
    const { answer, see, screen } = await startWizard({ given: { ...all, admin: undefined } });
    await see('admin: (admin)');
    expect(screen.text.replaceAll(/\s+/g, ' ')).toContain(adminMeaning);
    await answer('admin: (admin)', key.interrupt);
  });

  test('must say why there must be a name, what is wrong with one, and have it typed twice', async () => {
    const { answer, ended, see, screen } = await startWizard({
      given: { ...all, server_name: undefined, host: undefined },
    });
    await answer('server name', key.enter);
    await answer('no server without a name', 'Example.org', key.enter);
    await see('did you mean example.org?');
    expect(screen.text).toContain(
      '  server name must be a DNS name in lower case, without scheme, port or path,\n  such as example.org: did you mean example.org?',
    );
    await answer('did you mean example.org?', key.clearLine, 'example.org', key.enter);
    await answer('permanently', 'example.com', key.enter);
    await answer('That differs from example.org', key.clearLine, 'example.org', key.enter);
    await answer('host: (matrix.example.org)', key.enter);
    await answer('Yes, set it up', key.enter);
    expect(await ended).toEqual({ answers: all, error: undefined });
  });

  test('must go back with Escape, from anywhere, and offer what was answered', async () => {
    const { answer, ended, screen } = await startWizard({ domain: 'example.org' });
    await answer('1 of about 6', key.enter);
    await answer('2 of about 6', key.enter);
    await answer('3 of about 6', 'chat.example.org', key.enter);
    await answer('4 of about 6', key.escape);
    await answer('host: (chat.example.org)', key.escape);
    await answer('2 of about 6', key.down, key.enter);
    await answer('3 of about 5');
    expect(screen.text).toContain('delegation   none');
    expect(screen.text).not.toContain('host');
    await answer('3 of about 5', key.interrupt);
    expect((await ended).error).toMatchObject({ exitCode: 130 });
  });

  test('must let every answer be changed from the review', async () => {
    const { answer, ended, see } = await startWizard({ given: all });
    await answer('Change an answer', key.down, key.enter);
    await answer('Which answer', key.down, key.down, key.down, key.enter);
    await answer('4 of about 6', key.down, key.enter);
    await answer('checked on port 80', key.down, key.enter);
    await answer('Which answer', key.enter);
    await answer('server name: (example.org)', 'example.com', key.enter);
    await answer('Check every letter', 'example.com', key.enter);
    await answer('Continue with these answers?', key.enter);
    expect((await ended).answers).toEqual({ ...all, server_name: 'example.com', challenge: 'http' });
    await see('@you:example.com, permanently');
  });

  test('must propose what goes with a web site elsewhere, and say what was found', async () => {
    const sight = { addresses: ['203.0.113.9'], destination: 'elsewhere', answers: true } as const;
    const { answer, ended, see } = await startWizard({ domain: 'example.org', sight });
    await answer('1 of about 6', key.enter);
    await see('example.org leads to 203.0.113.9');
    await answer('2 of about 6', key.enter);
    await answer('host: (matrix.example.org)', key.enter);
    await answer('4 of about 6', key.enter);
    await answer('5 of 6', key.enter);
    await answer('6 of 6', key.enter);
    await see('elsewhere: the site at example.org leads there');
    await answer('Yes, set it up', key.enter);
    expect(await ended).toEqual({ answers: { ...all, delegation: 'elsewhere' }, error: undefined });
  });

  test('must leave the terminal sane at Ctrl-C, and keep the answers', async () => {
    const { answer, ended, isSane, kept } = await startWizard({ domain: 'example.org' });
    await answer('1 of about 6', key.enter);
    await answer('2 of about 6', key.enter);
    await answer('3 of about 6', key.interrupt);
    expect((await ended).error).toMatchObject({
      exitCode: 130,
      hint: expect.stringContaining('answers are saved'),
    });
    expect(await isSane()).toBe(true);
    expect(kept()).toEqual({ server_name: 'example.org', delegation: 'well-known' });
  });

  test('must keep nothing but what it asks', async () => {
    const { answer, kept } = await startWizard({
      given: { server_name: 'example.org', password_file: '/p' },
    });
    await answer('2 of about 6', key.enter);
    await answer('3 of about 6', key.interrupt);
    expect(kept()).toEqual({ server_name: 'example.org', delegation: 'well-known' });
  });

  test('must offer the answers of an earlier time', async () => {
    const offered: Answers = { ...all, host: 'chat.example.org', start: false };
    const { answer, ended } = await startWizard({ offered });
    for (const seen of [
      '(example.org)',
      '2 of about 6',
      '(chat.example.org)',
      '4 of about 6',
      '(admin)',
      'Only write',
      'Continue with these answers?',
    ]) {
      await answer(seen, key.enter);
    }
    expect((await ended).answers).toEqual(offered);
  });

  test('must end with 130 when there is no go-ahead', async () => {
    const { answer, ended } = await startWizard({ given: all });
    await answer('Continue with these answers?', key.down, key.down, key.enter);
    expect((await ended).error).toMatchObject({ exitCode: 130, code: 'cancelled' });
  });

  test('must fit on the page with long names', async () => {
    const long = `${'a'.repeat(24)}.example.org`;
    const sight = { addresses: ['203.0.113.9'], destination: 'here', hasHomeserver: true } as const;
    const { answer } = await startWizard({ sight });
    await answer('Nothing is changed', long, key.enter);
    await answer('Check every letter', long, key.enter);
    await answer('port 8448', key.up, key.enter);
    await answer('host:', key.enter);
    await answer('4 of about 6', key.down, key.down, key.enter);
    await answer('name server:', 'ns1.example.org', key.enter);
    await answer('key:', key.enter);
    await answer('key file:', '/root/key', key.enter);
    await answer('admin:', key.enter);
    await answer('9 of 9', key.enter);
    await answer('Continue with these answers?', key.interrupt);
  });
});
