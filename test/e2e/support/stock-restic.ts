import { testedImage } from '../../../src/releases/releases.ts';
import type { Deployment } from './deployment.ts';

/**
 * Runs a shell script with stock restic on a repository of a deployment, with the host's own key.
 *
 * @param repository absolute path; the default target when absent
 */
export function restic(
  deployment: Deployment,
  script: string,
  repository = deployment.path('backups'),
): Promise<string> {
  const mounts = [`${repository}:/repository`, `${deployment.path('secrets/backup.key')}:/key`].flatMap(
    (mount) => ['--volume', `${mount}:ro`],
  );
  const environment = ['--env', 'RESTIC_REPOSITORY=/repository', '--env', 'RESTIC_PASSWORD_FILE=/key'];
  const image = [...mounts, ...environment, '--entrypoint', '/bin/sh', testedImage('restic')];
  return deployment.host.run(['docker', 'run', '--rm', '--network', 'none', ...image, '-c', script]);
}

/** By set, how many parts a repository has of it, listed or not. */
export async function partsOfSets(
  deployment: Deployment,
  repository?: string,
): Promise<Record<string, number>> {
  const found = await restic(deployment, 'restic snapshots --no-lock --json', repository);
  const snapshots: { tags: string[] }[] = JSON.parse(found);
  const parts: Record<string, number> = {};
  for (const set of snapshots.map(({ tags }) => tags.find((tag) => tag.startsWith('set='))?.slice(4))) {
    if (set !== undefined) parts[set] = (parts[set] ?? 0) + 1;
  }
  return parts;
}
