import type Docker from 'dockerode';
import { identifyProcess, isAlive, type ProcessIdentity } from '../host/process-identity.ts';
import { followerLabel, jobLabel } from '../stack/labels.ts';
import { removeContainer } from './remove-container.ts';

/**
 * A request for a one-off container, and the process that follows it: when that process has ended, the container is
 * abandoned. The follower is absent for a container that runs to its end by itself.
 */
export type Followed<Request> = Request & { readonly follower?: ProcessIdentity | undefined };

export async function followerOf(processId: number | undefined): Promise<ProcessIdentity | undefined> {
  return processId === undefined ? undefined : identifyProcess(processId);
}

/** The labels by which a one-off container is found again. */
export function jobLabels({ project, follower }: Followed<{ project: string }>): Record<string, string> {
  return {
    [jobLabel]: project,
    ...(follower === undefined ? {} : { [followerLabel]: JSON.stringify(follower) }),
  };
}

/** Whether the process that followed a container with these labels has ended. */
export async function isAbandoned(labels: Readonly<Record<string, string>>): Promise<boolean> {
  const follower = labels[followerLabel];
  return follower !== undefined && !(await isAlive(JSON.parse(follower) as ProcessIdentity));
}

/**
 * Removes one-off containers of a project, running or not.
 *
 * @param isMeant selects them by their labels; all of them when absent
 */
export async function removeJobs(
  docker: Docker,
  project: string,
  isMeant: (labels: Readonly<Record<string, string>>) => boolean | Promise<boolean> = () => true,
): Promise<void> {
  const found = await docker.listContainers({ all: true, filters: { label: [`${jobLabel}=${project}`] } });
  await Promise.all(
    found.map(async ({ Id, Labels }) => {
      if (await isMeant(Labels)) await removeContainer(docker.getContainer(Id));
    }),
  );
}
