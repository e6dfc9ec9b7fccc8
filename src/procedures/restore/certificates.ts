import { certificateStore, certifiedNames } from '../../components/traefik/acme-store.ts';
import type { Context } from '../../context.ts';
import type { Stack } from '../../stack/stack.ts';
import type { RestoredFile } from './read-archive.ts';
import { type Stage, stagedPath } from './staging.ts';

/** PEM of the CA certificates that matrix.yaml names, as the backup has them; `undefined` where it names none. */
export function rootsAmong(
  files: readonly RestoredFile[],
  { roots }: Pick<Stack, 'roots'>,
): string | undefined {
  const texts = files.filter(({ path }) => roots.includes(path)).map(({ bytes }) => bytes.toString('utf8'));
  return texts.length === 0 ? undefined : texts.join('\n');
}

/** The names that have a certificate in the backup: no new one is ordered for them. */
export async function restoredNames(
  { surroundings }: Pick<Context, 'surroundings'>,
  stage: Stage,
): Promise<ReadonlySet<string>> {
  const { machine } = await surroundings();
  const text = await machine.readFile(stagedPath(stage, certificateStore)).catch(() => undefined);
  return certifiedNames(text ?? '');
}
