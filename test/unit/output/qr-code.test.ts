import { describe, expect, onTestFinished, test } from 'vitest';
import { qrCode } from '../../../src/output/qr-code.ts';
import { styleFor } from '../../../src/output/style.ts';
import { scan } from '../../fakes/phone.ts';
import { Screen } from '../../fakes/screen.ts';

const text =
  'https://mobile.element.io/element?account_provider=example.org&login_hint=mxid:@bob:example.org';
const stdout = { write: () => undefined, isTTY: true, columns: 80 };
const environment = { LANG: 'en_GB.UTF-8', TERM: 'xterm' };
const terminal = { stdout, environment };
const style = (wanted: boolean) => styleFor(stdout, wanted ? environment : { ...environment, NO_COLOR: '1' });

/** A screen with the lines of a code. */
async function shown(lines: readonly string[] | undefined): Promise<Screen> {
  const screen = new Screen();
  onTestFinished(() => screen.dispose());
  await screen.write((lines ?? []).join('\r\n'));
  return screen;
}

describe('a QR code', () => {
  test.each([
    ['with', true],
    ['without', false],
  ])('must be read by a phone from a terminal %s colours, on which it fits', async (_title, wanted) => {
    const screen = await shown(await qrCode(text, terminal, style(wanted)));
    expect(scan(screen.photograph())).toBe(text);
    expect(screen.isFull).toBe(false);
  });

  test('must be read while the prompt of the shell is below it, also for long names', async () => {
    const server = 'matrix.a-town.example';
    const link = `https://mobile.element.io/element?account_provider=${server}&login_hint=mxid:@anna.b:${server}`;
    const screen = await shown([...((await qrCode(link, terminal, style(true))) ?? []), '$ ']);
    expect(scan(screen.photograph())).toBe(link);
    expect(screen.isFull).toBe(false);
  });

  test('must be dark on light where there are colours', async () => {
    const lines = (await qrCode(text, terminal, style(true))) ?? [];
    expect(lines[0]?.startsWith('\u001b[30m\u001b[47m ')).toBe(true);
  });

  test.each([
    ['in a pipe', { ...terminal, stdout: { ...stdout, isTTY: false } }],
    ['on a dumb terminal', { ...terminal, environment: { ...environment, TERM: 'dumb' } }],
    ['where there are no blocks', { ...terminal, environment: { LANG: 'C' } }],
    ['on a narrow terminal', { ...terminal, stdout: { ...stdout, columns: 30 } }],
  ])('must not be shown %s', async (_title, where) => {
    expect(await qrCode(text, where, style(false))).toBeUndefined();
  });
});
