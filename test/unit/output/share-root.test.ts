import { expect, test } from 'vitest';
import { qrCode } from '../../../src/output/qr-code.ts';
import { describeSharedRoot } from '../../../src/output/share-root.ts';
import { styleFor } from '../../../src/output/style.ts';

const root = {
  url: 'http://192.0.2.1:8089/',
  authority: 'Company CA',
  fingerprint: Array.from({ length: 32 }, () => 'AB').join(':'),
};
const environment = { LANG: 'en_GB.UTF-8', TERM: 'xterm' };

test('the page with a root certificate must be a QR code on a terminal, and its fingerprint be told', async () => {
  const stdout = { write: () => undefined, isTTY: true, columns: 80 };
  const style = styleFor(stdout, environment);
  const code = (await qrCode(root.url, { stdout, environment }, style)) ?? [];
  const lines = await describeSharedRoot(root, 15, { stdout, environment }, style);
  expect(code.length).toBeGreaterThan(10);
  expect(lines.join('\n')).toContain(code.join('\n'));
  expect(lines.map((line) => line.trim()).join(':')).toContain(root.fingerprint);
});
