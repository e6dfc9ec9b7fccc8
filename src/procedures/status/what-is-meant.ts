import { join } from 'node:path';
import type { ComponentRegistry } from '../../components/components.ts';
import { parseConfig } from '../../config/parse.ts';
import type { Context } from '../../context.ts';
import { messageOf, UserError } from '../../errors.ts';
import { readIfExists } from '../../host/files.ts';
import type { Judgement } from '../../host/judgement.ts';
import { layout } from '../../layout.ts';
import { type LoadedConfig, loadConfig } from '../../state/load-config.ts';

/** The configuration that `status` uses, and the problem of matrix.yaml, if any. */
export interface Meant extends LoadedConfig {
  /** Why matrix.yaml cannot be used: the configuration is then the last applied one. `undefined` where it is used. */
  readonly trouble: (Judgement & { readonly details: readonly string[] }) | undefined;
}

/**
 * Reads the configuration of a deployment: matrix.yaml, or the last applied one where matrix.yaml is lost or broken.
 *
 * @throws UserError with the problem of matrix.yaml, where the last applied configuration cannot be used either.
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
    // Another version has written it, or this user may not read it.
    return undefined;
  }
}

/** An error as a finding, with its hint as the remedy. */
export function describeTrouble(error: unknown): Judgement & { readonly details: readonly string[] } {
  const known = error instanceof UserError ? error : undefined;
  return {
    verdict: 'failed',
    finding: messageOf(error),
    remedy: known?.hint ?? '',
    details: known?.details ?? [],
  };
}
