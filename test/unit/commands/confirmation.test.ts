import { expect, test } from 'vitest';
import type { Session } from '../../../src/commands/command.ts';
import { agree } from '../../../src/commands/confirmation.ts';
import { CancelledError } from '../../../src/errors.ts';
import { fakeTerminal } from '../../fakes/terminal.ts';

test('what the operator has agreed to must not be asked again in this run, and anything else must be', async () => {
  const terminal = fakeTerminal();
  const session = { context: terminal, flags: {}, agreed: new Set() } as unknown as Session<object>;
  const answered = async (told: string, answer: string) => {
    const agreed = agree(session, [told], 'Upgrade?');
    await terminal.see('Upgrade?');
    terminal.type(answer);
    return agreed;
  };
  await answered('to 1.2', 'y\r');
  await agree(session, ['to 1.2'], 'Upgrade?');
  await expect(answered('to 1.3', 'n\r')).rejects.toBeInstanceOf(CancelledError);
});
