import { encode } from 'uqr';
import { describe, expect, test } from 'vitest';
import { qrCode } from '../../../src/output/qr-code.ts';
import { styleFor } from '../../../src/output/style.ts';

const text =
  'https://mobile.element.io/element?account_provider=example.org&login_hint=mxid:@bob:example.org';
const stdout = { write: () => undefined, isTTY: true, columns: 80 };
const environment = { LANG: 'en_GB.UTF-8', TERM: 'xterm' };
const terminal = { stdout, environment };
const style = (wanted: boolean) => styleFor(stdout, wanted ? environment : { ...environment, NO_COLOR: '1' });

/** The modules of a code as it is written, `true` for what is written. */
const modulesOf = (lines: readonly string[]) =>
  lines.flatMap((line) => [
    [...line].map((block) => block === '█' || block === '▀'),
    [...line].map((block) => block === '█' || block === '▄'),
  ]);

describe('a QR code', () => {
  test('must be the code of the text, its light parts shining where there are no colours', async () => {
    const { data, size } = encode(text, { border: 2 });
    const written = modulesOf((await qrCode(text, terminal, style(false))) ?? []).slice(0, size);
    expect(written).toEqual(data.map((row) => row.map((dark) => !dark)));
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
