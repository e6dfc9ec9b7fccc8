import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { CancelledError, UserError } from '../errors.ts';
import { BoundsError } from '../host/bounds.ts';

/**
 * Pulls an image to its end.
 *
 * @param onBytes how much of the layers has arrived, of how much is known.
 * @throws UserError with the registry's reason.
 */
export async function pullImage(
  docker: Docker,
  reference: string,
  onBytes?: (done: number, total: number) => void,
): Promise<void> {
  const layers = new Map<string, { current: number; total: number }>();
  const onProgress = ({ id, status, progressDetail }: PullEvent) => {
    if (status === 'Downloading' && id !== undefined && progressDetail?.total !== undefined) {
      layers.set(id, { current: progressDetail.current ?? 0, total: progressDetail.total });
      const sum = (key: 'current' | 'total') =>
        [...layers.values()].reduce((all, layer) => all + layer[key], 0);
      onBytes?.(sum('current'), sum('total'));
    }
  };
  try {
    const stream = await docker.pull(reference);
    await new Promise<void>((resolve, reject) => {
      const onEnd = (broken: Error | null, events: readonly PullEvent[]) => {
        // Whatever fails once layers are on their way is an event like any other, and the stream ends well.
        const failure = cutOff(stream) ?? broken ?? events.find(({ error }) => error !== undefined)?.error;
        return failure === undefined ? resolve() : reject(failure);
      };
      docker.modem.followProgress(stream, onEnd, onProgress);
    });
  } catch (cause) {
    if (cause instanceof CancelledError || cause instanceof BoundsError) {
      throw cause;
    }
    throw new UserError(`image ${reference} could not be pulled: ${describePullFailure(cause)}`, {
      code: 'docker.pull',
      hint: `Nothing was started or stopped. ${adviceFor(describePullFailure(cause))}, then run the command again.`,
      cause,
    });
  }
}

/** Why its connection was destroyed, of which the stream itself knows only that it was. */
function cutOff(stream: NodeJS.ReadableStream): Error | null | undefined {
  return (stream as IncomingMessage).socket?.errored;
}

interface PullEvent {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
}

/** What to do about an engine's message, as the beginning of a sentence. */
function adviceFor(message: string): string {
  // Go's words for an address that no route leads to.
  return /dial tcp \d+(?:\.\d+){3}:\d+: connect: (?:network is unreachable|no route to host)/.test(message)
    ? 'The registry was tried by IPv4, to which no way leads from this host: it has no IPv6 address, or that did not answer. See docs/ipv6.md of matrix-deploy'
    : 'Check the network and the registry';
}

function describePullFailure(cause: unknown): string {
  const { json, message } = cause as { json?: { message?: string }; message?: string };
  return json?.message ?? message ?? String(cause);
}
