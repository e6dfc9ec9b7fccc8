import { isPrivateToHost } from '../../apply/locate-names.ts';
import { readRoots } from '../../apply/probe.ts';
import type { Context } from '../../context.ts';
import { UsageError } from '../../errors.ts';
import { type CheckReport, judge } from '../../federation/judge.ts';
import { parseServerName, type ServerName } from '../../identifiers/server-name.ts';
import { openAsking } from './asking.ts';
import { observe } from './observe.ts';

/** A report, with the seconds that it took. */
export interface Checked extends CheckReport {
  readonly seconds: number;
}

interface Subject {
  readonly server: ServerName;
  readonly roots: string | undefined;
  readonly isOwn: boolean;
}

/** Parses a server name that was typed. @throws UsageError, with the name that was probably meant */
export async function requireServerName(text: string): Promise<ServerName> {
  const server = parseServerName(text);
  if (server !== undefined) return server;
  const { dnsNameIn } = await import('../../identifiers/dns-name.ts');
  const meant = dnsNameIn(text);
  throw new UsageError(`"${text}" is no server name`, {
    code: 'usage.server-name',
    hint:
      meant === undefined
        ? 'It is what stands after the first colon of a user ID: a DNS name such as example.org, or an address, with a port or without.'
        : `Did you mean ${meant}?`,
  });
}

/**
 * Looks at a server from where this host is, and judges what was seen.
 *
 * @throws CancelledError when it was interrupted
 */
export async function checkServer(
  { server, ...trust }: Subject,
  context: Pick<Context, 'surroundings' | 'clock' | 'interrupt' | 'patience'>,
): Promise<Checked> {
  const { clock } = context;
  const began = clock.now().getTime();
  const report = judge(await observe(server, await openAsking(trust, context)));
  return { ...report, seconds: (clock.now().getTime() - began) / 1000 };
}

/**
 * The server of a deployment directory, as a subject of a check.
 *
 * @returns `undefined` for a server that is published on its own host only: no other host reaches it
 */
export async function ownServer(
  directory: string,
  context: Pick<Context, 'components'>,
): Promise<Subject | undefined> {
  const [{ loadConfig }, { unlockedStack }] = await Promise.all([
    import('../../state/load-config.ts'),
    import('../../stack/stack.ts'),
  ]);
  const { config } = await loadConfig(directory, context);
  const stack = unlockedStack(config);
  if (isPrivateToHost(stack.edge)) return undefined;
  const server = await requireServerName(config.server_name);
  return { server, roots: await readRoots({ directory }, stack), isOwn: true };
}
