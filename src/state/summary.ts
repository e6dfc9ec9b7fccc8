import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { readIfExists, writeIfChanged } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { version } from '../package.ts';
import type { Stack } from '../stack/stack.ts';

/** What talking to a homeserver, and inviting people to it, needs to know of its stack. */
export interface StackSummary {
  readonly project: string;
  readonly serverName: string;
  readonly edge: Pick<Stack['edge'], 'httpsPort'>;
  readonly delegation: Pick<Stack['delegation'], 'clientUrl'>;
}

/**
 * What the matrix.yaml of a deployment means, in short. It is recorded, since finding out loads the schema and every
 * component, which takes longer than most that is done with it. A record is believed only for the very text and version
 * that it was made of; anything else is computed again.
 *
 * @throws ConfigError
 */
export async function summarise(
  directory: string,
  context: Pick<Context, 'components'>,
): Promise<StackSummary> {
  const [config, recorded] = await Promise.all(
    // What cannot be read is told of where it is read to be understood.
    [layout.config, layout.summary].map((path) => readIfExists(join(directory, path)).catch(() => undefined)),
  );
  return parseRecord(config, recorded) ?? findOut(directory, context);
}

/** Remembers what the text of matrix.yaml means. */
export async function recordSummary(
  directory: string,
  config: string,
  { project, serverName, edge: { httpsPort }, delegation: { clientUrl } }: StackSummary,
): Promise<void> {
  const summary = { project, serverName, edge: { httpsPort }, delegation: { clientUrl } };
  const text = JSON.stringify({ summary, digest: digestOf(config, summary) }, undefined, 2);
  await writeIfChanged(join(directory, layout.summary), `${text}\n`, modes.state);
}

async function findOut(directory: string, context: Pick<Context, 'components'>): Promise<StackSummary> {
  const [{ loadConfig }, { unlockedStack }] = await Promise.all([
    import('./load-config.ts'),
    import('../stack/stack.ts'),
  ]);
  const { config, text } = await loadConfig(directory, context);
  const stack = unlockedStack(config);
  // It only saves time, and there may be no place for it.
  await recordSummary(directory, text, stack).catch(() => undefined);
  return stack;
}

function parseRecord(config: string | undefined, recorded: string | undefined): StackSummary | undefined {
  try {
    const { summary, digest } = JSON.parse(recorded ?? '');
    return digest === digestOf(config ?? '', summary) ? summary : undefined;
  } catch {
    return undefined;
  }
}

function digestOf(config: string, summary: StackSummary): string {
  return createHash('sha256')
    .update(JSON.stringify([version(), config, summary]))
    .digest('hex');
}
