import type { IncomingMessage } from 'node:http';
import type Docker from 'dockerode';
import { CancelledError, UserError } from '../errors.ts';
import { BoundsError } from '../host/bounds.ts';

/**
 * Pulls an image to its end.
 *
 * @param onBytes gets how many bytes of the layers have arrived, and how many of them are known of so far.
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
        // A failure after the first layers have begun is an event like any other: the stream ends without an error.
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

/** Why the connection of a stream was destroyed: the stream itself only reports that it was. */
function cutOff(stream: NodeJS.ReadableStream): Error | null | undefined {
  return (stream as IncomingMessage).socket?.errored;
}

interface PullEvent {
  id?: string;
  status?: string;
  progressDetail?: { current?: number; total?: number };
  error?: string;
}

/** The advice about a failure message of the engine, as the beginning of a sentence. */
function adviceFor(message: string): string {
  // Go's message for an address to which there is no route.
  return /dial tcp \d+(?:\.\d+){3}:\d+: connect: (?:network is unreachable|no route to host)/.test(message)
    ? 'The registry was tried by IPv4, to which no way leads from this host: it has no IPv6 address, or that did not answer. See docs/ipv6.md of matrix-deploy'
    : 'Check the network and the registry';
}

function describePullFailure(cause: unknown): string {
  const { json, message } = cause as { json?: { message?: string }; message?: string };
  return json?.message ?? message ?? String(cause);
}
