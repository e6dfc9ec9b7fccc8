import { createHash } from 'node:crypto';
import { join } from 'node:path';
import type { Context } from '../context.ts';
import { readIfExists, writeIfChanged } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { version } from '../package.ts';
import type { Stack } from '../stack/stack.ts';

/** The parts of a stack that are needed to send requests to its homeserver, and to invite people to it. */
export interface StackSummary {
  readonly project: string;
  readonly serverName: string;
  readonly edge: Pick<Stack['edge'], 'httpsPort'>;
  readonly delegation: Pick<Stack['delegation'], 'clientUrl'>;
}

/**
 * The summary of a deployment's matrix.yaml. It is recorded, since computing it loads the schema and every component,
 * which takes longer than most uses of the summary. A record is valid only for the text and the program version that
 * it was made with. Otherwise, the summary is computed again.
 *
 * @throws ConfigError
 */
export async function summarise(
  directory: string,
  context: Pick<Context, 'components'>,
): Promise<StackSummary> {
  const [config, recorded] = await Promise.all(
    // `findOut` reports a file that cannot be read.
    [layout.config, layout.summary].map((path) => readIfExists(join(directory, path)).catch(() => undefined)),
  );
  return parseRecord(config, recorded) ?? findOut(directory, context);
}

/** Records the summary of a text of matrix.yaml. */
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
  // The record only saves time, and it may be impossible to write it.
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
