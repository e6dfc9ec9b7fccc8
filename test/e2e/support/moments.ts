import { existsSync } from 'node:fs';
import { createInterface } from 'node:readline';
import type { Readable } from 'node:stream';
import { waitUntil } from '../../lab/command.ts';
import type { Deployment } from './deployment.ts';

/** What the engine's event says of the container that it is about. */
interface ContainerEvent {
  Action: string;
  Actor: { Attributes: Record<string, string> };
}

/** A point in a run, told by what is there; resolves as soon as it is reached. */
export type Moment = (deployment: Deployment, stderr: Readable) => Promise<void>;

/** A file of the deployment is there that was not. */
export function fileIsMade(path: string): Moment {
  return async ({ host, directory }) => {
    const seen = `/proc/${await host.pid()}/root${directory}/${path}`;
    await waitUntil(path, () => existsSync(seen), { seconds: 60, everyMilliseconds: 2 });
  };
}

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

/** A service's container is made, or started. */
export function service(name: string, action: 'create' | 'start'): Moment {
  return (deployment) =>
    engineEvent(
      deployment,
      ({ Action, Actor: { Attributes } }) =>
        Action === action && Attributes['com.docker.compose.service'] === name,
    );
}

/** The run says that it has done something. */
export function says(what: string): Moment {
  return async (_, stderr) => {
    for await (const line of createInterface(stderr)) {
      if (line.includes(`done ${what}`)) return;
    }
    throw new Error(`it ended without "${what}"`);
  };
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
