import type Docker from 'dockerode';
import { identifyProcess, isAlive, type ProcessIdentity } from '../host/process-identity.ts';
import { followerLabel, jobLabel } from '../stack/labels.ts';
import { removeContainer } from './remove-container.ts';

/** A request for a one-off container, and the process without which it is abandoned: none where it runs to its end by itself. */
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

/** Is the process gone that followed a container with these labels? */
export async function isAbandoned(labels: Readonly<Record<string, string>>): Promise<boolean> {
  const follower = labels[followerLabel];
  return follower !== undefined && !(await isAlive(JSON.parse(follower) as ProcessIdentity));
}

/** Removes one-off containers of a project, those of the given labels alone, running or not. */
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
