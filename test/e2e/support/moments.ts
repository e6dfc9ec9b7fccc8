import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import type { Deployment } from './deployment.ts';

/** What the engine's event says of the container that it is about. */
interface ContainerEvent {
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** A point in a run, told by what is there; resolves as soon as it is reached. */
export type Moment = (deployment: Deployment) => Promise<void>;

/** A one-off container of an image starts. */
export function jobStarts(image: string): Moment {
  return (deployment) =>
    engineEvent(
      deployment,
      ({ Action, Actor: { Attributes } }) =>
        Action === 'start' &&
        'matrix-deploy.job' in Attributes &&
        Attributes.image?.startsWith(image) === true,
    );
}

/** A service's container is created, started or removed. */
export function service(name: string, action: 'create' | 'start' | 'destroy'): Moment {
  return (deployment) =>
    engineEvent(
      deployment,
      ({ Action, Actor: { Attributes } }) =>
        Action === action && Attributes['com.docker.compose.service'] === name,
    );
}

async function engineEvent(deployment: Deployment, isIt: (event: ContainerEvent) => boolean): Promise<void> {
  const engine = await deployment.engine();
  const events = (await engine.getEvents({ filters: { type: ['container'] } })) as Readable;
  try {
    for await (const line of createInterface(events)) {
      if (isIt(JSON.parse(line))) return;
    }
  } finally {
    events.destroy();
  }
}
