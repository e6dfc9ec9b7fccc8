import type { Manifest } from '../../backup/manifest.ts';
import type { ComponentRegistry } from '../../components/components.ts';
import { parseConfig } from '../../config/parse.ts';
import type { Config } from '../../config/schema.ts';
import { BackupError, ConfigError } from '../../errors.ts';
import { layout, secretPath } from '../../layout.ts';
import { describeStack, type Stack } from '../../stack/stack.ts';
import { type Fetching, fetchFiles, textOf } from './fetch.ts';
import type { RestoredFile } from './read-archive.ts';

/**
 * Reads the small files to restore, with the configuration and the stack that result from them. The other files of
 * the archive are left out: they are created again, or belong to the old host.
 *
 * @throws BackupError where server name or keys differ from the manifest, or this version does not understand
 *   matrix.yaml
 */
export async function judgedFiles(
  fetching: Fetching,
  known: ComponentRegistry,
): Promise<{ config: Config; stack: Stack; files: RestoredFile[] }> {
  const { manifest } = fetching.source;
  const all = await fetchFiles(fetching);
  const config = configOf(textOf(all, layout.config), manifest, known);
  const stack = describeStack(config, manifest.images);
  if (config.server_name !== manifest.serverName) {
    throw otherServer(
      `its matrix.yaml belongs to ${config.server_name}, and the backup to ${manifest.serverName}`,
    );
  }
  for (const { name, identity } of stack.secrets) {
    const found = identity?.(textOf(all, secretPath(name)));
    if (found !== manifest.identities[name]) {
      throw otherServer(`${secretPath(name)} is not the key of the server that was backed up`);
    }
  }
  return { config, stack, files: all.filter(({ path }) => isKept(path, stack)) };
}

function configOf(text: string, { version }: Pick<Manifest, 'version'>, known: ComponentRegistry): Config {
  try {
    return parseConfig(text, known);
  } catch (cause) {
    if (!(cause instanceof ConfigError)) throw cause;
    throw new BackupError(
      'this version of matrix-deploy does not understand the matrix.yaml of this backup',
      {
        code: 'restore.config',
        details: cause.details,
        hint: `Nothing was restored. Use the version that created it: ${version}.`,
        cause,
      },
    );
  }
}

function isKept(path: string, { bundles, roots }: Pick<Stack, 'bundles' | 'roots'>): boolean {
  const files: readonly string[] = [
    layout.config,
    layout.imageLock,
    layout.madeUsers,
    layout.setUp,
    ...roots,
  ];
  const directories = [layout.secrets, ...bundles.flatMap(({ from }) => from ?? [])];
  return files.includes(path) || directories.some((directory) => path.startsWith(`${directory}/`));
}

function otherServer(detail: string): BackupError {
  return new BackupError('the parts of this backup belong to different servers', {
    code: 'restore.identity',
    details: [detail],
    hint: 'Nothing was restored. Use another backup, and find out who could write to this one.',
  });
}
