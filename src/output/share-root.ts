import type { Context } from '../context.ts';
import type { SharedRoot } from '../procedures/certificates/share-root.ts';
import { qrCode } from './qr-code.ts';
import type { Style } from './style.ts';

/** How people install a root certificate on their devices. */
export async function describeSharedRoot(
  { url, fingerprint }: SharedRoot,
  minutes: number,
  terminal: Pick<Context, 'stdout' | 'environment'>,
  style: Style,
): Promise<string[]> {
  const code = await qrCode(url, terminal, style);
  return [
    ...(code === undefined ? [] : ['For the camera of a phone:', '', ...code, '']),
    'A page with the root certificate, and steps for each kind of device:',
    `  ${style.bold(url)}`,
    'Its SHA-256 fingerprint, for people to compare before they trust it:',
    `  ${fingerprint.slice(0, 47)}`,
    `  ${fingerprint.slice(48)}`,
    '',
    `The page is served until you press Ctrl-C, for at most ${minutes} minutes.`,
  ];
}
