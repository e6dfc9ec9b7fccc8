import type { Readable } from 'node:stream';
import type { ContainerInspectInfo } from 'dockerode';
import type { Deployment } from './deployment.ts';

/** Watches an engine while something runs: what that started, one-off containers included, as it was when it started. */
export async function startedDuring(
  deployment: Deployment,
  action: () => Promise<unknown>,
): Promise<ContainerInspectInfo[]> {
  const docker = await deployment.engine();
  const events = (await docker.getEvents({
    filters: { type: ['container'], event: ['start'] },
  })) as unknown as Readable;
  const inspections: Promise<ContainerInspectInfo>[] = [];
  events.on('data', (chunk: Buffer) => {
    for (const line of chunk.toString().split('\n').filter(Boolean)) {
      inspections.push(docker.getContainer(JSON.parse(line).id).inspect());
    }
  });
  try {
    await action();
  } finally {
    events.destroy();
  }
  return Promise.all(inspections);
}
