import { text } from 'node:stream/consumers';
import type Docker from 'dockerode';
import type { Endings } from './engine.ts';

/** A moment as the engine's API wants it: seconds, with a fraction. */
export function unixSeconds(moment: Date): number {
  return moment.getTime() / 1000;
}

/** Reads from the engine's events how a container has ended (Docker Engine API, SystemEvents: `oom` and `die`). */
export async function readEndings(docker: Docker, id: string, since: Date): Promise<Endings> {
  const stream = await docker.getEvents({
    since: unixSeconds(since),
    // Without this, the engine would wait for further events.
    until: unixSeconds(new Date()),
    filters: { container: [id], event: ['oom', 'die'] },
  });
  return endingsOf(await text(stream));
}

/** @param events one JSON object a line */
export function endingsOf(events: string): Endings {
  const all = events
    .split('\n')
    .filter((line) => line.trim() !== '')
    .map((line) => JSON.parse(line) as { Action: string; Actor?: { Attributes?: Record<string, string> } });
  const code = all.findLast(({ Action }) => Action === 'die')?.Actor?.Attributes?.exitCode;
  return {
    exitCode: code === undefined ? undefined : Number(code),
    outOfMemory: all.some(({ Action }) => Action === 'oom'),
  };
}
