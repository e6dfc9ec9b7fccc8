import { type Command, InvalidArgumentError } from 'commander';
import type { Context } from '../../context.ts';
import { declareCommand, inSession, type Session } from '../command.ts';
import { parseMinutes } from '../minutes.ts';

interface Flags {
  readonly address?: string;
  readonly port: number;
  readonly minutes: number;
}

export function declareShareRoot(certificates: Command, context: Context): void {
  declareCommand(
    certificates,
    'share-root',
    'offer the root certificate of a private CA to phones, on a page with its QR code, until Ctrl-C',
    {
      'matrix-deploy certificates share-root': '',
      'matrix-deploy certificates share-root --address 192.168.1.10 --port 8888': '',
    },
  )
    .option('--address <address>', 'address of this host where the page is served (default: its first)')
    .option('--port <port>', 'port of the page', parsePort, 8080)
    .option('--minutes <minutes>', 'maximum time that the page is served', parseMinutes, 15)
    .action(inSession('certificates share-root', context, share));
}

async function share({ context, directory, flags, style, answer }: Session<Flags>): Promise<void> {
  const { loadConfig } = await import('../../state/load-config.ts');
  const { shareRoot } = await import('../../procedures/certificates/share-root.ts');
  const { describeSharedRoot } = await import('../../output/share-root.ts');
  const { rootPage: page } = await import('../../output/root-page.ts');
  const { config } = await loadConfig(directory, context);
  const { address, port, minutes } = flags;
  const { close, ...shared } = await shareRoot({ directory, config, address, port, page }, context);
  try {
    answer(await describeSharedRoot(shared, minutes, context, await style()), { ...shared, minutes });
    // An interrupt is the normal way to end it.
    await context.clock.sleep(minutes * 60_000, context.interrupt).catch(() => undefined);
  } finally {
    close();
  }
}

function parsePort(text: string): number {
  const port = Number(text);
  if (!(Number.isInteger(port) && port >= 1 && port <= 65_535)) {
    throw new InvalidArgumentError('It must be a port, from 1 to 65535.');
  }
  return port;
}
