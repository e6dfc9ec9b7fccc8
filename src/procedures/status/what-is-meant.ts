import { join } from 'node:path';
import type { ComponentRegistry } from '../../components/components.ts';
import { parseConfig } from '../../config/parse.ts';
import type { Context } from '../../context.ts';
import { messageOf, UserError } from '../../errors.ts';
import { readIfExists } from '../../host/files.ts';
import type { Judgement } from '../../host/judgement.ts';
import { layout } from '../../layout.ts';
import { type LoadedConfig, loadConfig } from '../../state/load-config.ts';

/** The configuration to go by, and what is wrong with the one that should be. */
export interface Meant extends LoadedConfig {
  /** What keeps matrix.yaml from being used: then the configuration is the one that was applied last. */
  readonly trouble: (Judgement & { readonly details: readonly string[] }) | undefined;
}

/**
 * What a deployment is meant to be, also where its matrix.yaml is lost or broken.
 *
 * @throws UserError what is wrong with matrix.yaml, where there is nothing else to go by.
 */
export async function readMeant(directory: string, context: Pick<Context, 'components'>): Promise<Meant> {
  try {
    return { ...(await loadConfig(directory, context)), trouble: undefined };
  } catch (error) {
    const applied = await lastApplied(directory, await context.components());
    if (applied === undefined) {
      throw error;
    }
    return { ...applied, trouble: describeTrouble(error) };
  }
}

async function lastApplied(directory: string, known: ComponentRegistry): Promise<LoadedConfig | undefined> {
  try {
    const text = await readIfExists(join(directory, layout.applied));
    return text === undefined ? undefined : { config: parseConfig(text, known), text };
  } catch {
    // By another version, or not for us to read.
    return undefined;
  }
}

/** An error as a finding, with what it says of what to do. */
export function describeTrouble(error: unknown): Judgement & { readonly details: readonly string[] } {
  const known = error instanceof UserError ? error : undefined;
  return {
    verdict: 'failed',
    finding: messageOf(error),
    remedy: known?.hint ?? '',
    details: known?.details ?? [],
  };
}
