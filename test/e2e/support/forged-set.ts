import { openRestic } from '../../../src/backup/restic.ts';
import { repositoryOwner } from '../../../src/backup/restic-job.ts';
import { tagsOf } from '../../../src/backup/set.ts';
import { connectEngine } from '../../../src/docker/dockerode-engine.ts';
import { testedImage } from '../../../src/releases/releases.ts';
import type { Deployment } from './deployment.ts';

/** A set in the repository of a deployment that no backup has made. */
export interface ForgedSet {
  readonly set: string;
  /** Takes it out of the repository again. */
  forget(): Promise<void>;
}

/**
 * Makes a set like another one but for its manifest, as somebody would who has the key. Of its parts it has two, without content.
 *
 * @param like the other one
 * @param set its name
 * @param change what is done to the manifest
 */
export async function forgeSet(
  deployment: Deployment,
  {
    like,
    set,
    change = (text) => text,
  }: { like: string; set: string; change?: (manifest: string) => string },
): Promise<ForgedSet> {
  const engine = await connectEngine({ socketPath: await deployment.host.socket(), namedBy: undefined });
  const repository = openRestic({
    ...{ engine, project: 'forged', image: testedImage('restic'), owner: repositoryOwner },
    place: { kind: 'local', path: deployment.path('backups') },
    key: { file: deployment.path('secrets/backup.key') },
  });
  const [good] = await repository.snapshots(tagsOf(like, 'manifest'));
  const text = await repository.read(good?.id ?? '', '/manifest.json');
  const save = (part: string, name: string, content: string) =>
    repository.save({
      tags: tagsOf(set, part),
      user: repositoryOwner,
      source: { kind: 'bytes', name, content },
    });
  const parts = [
    await save('deployment', 'deployment.tar', 'nothing'),
    await save('database-synapse', 'synapse.dump', 'nothing'),
    await save('manifest', 'manifest.json', change(text.replaceAll(like, set))),
  ];
  return { set, forget: () => repository.forget(parts.map(({ snapshot }) => snapshot)) };
}
