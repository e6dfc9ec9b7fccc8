import { X509Certificate } from 'node:crypto';
import { join } from 'node:path';
import type { Edge } from '../components/edge.ts';
import type { Probe } from '../components/questions.ts';
import type { Engine } from '../docker/engine.ts';
import { CancelledError, messageOf } from '../errors.ts';
import { readIfExists } from '../host/files.ts';
import { askHttps, servedCertificate } from '../host/https.ts';
import type { Stack } from '../stack/stack.ts';

/** The result of a probe: passed, or what was observed instead. */
export type ProbeResult =
  | { readonly ok: true }
  | {
      readonly ok: false;
      readonly saw: string;
      /** True if the service itself answered, with an error. A service that is still starting does not answer. */
      readonly isOwnError?: boolean;
    };

/** Status codes with which the proxy answers for a service that it cannot reach. */
const unreached: readonly number[] = [502, 503, 504];

export interface ProbeTarget {
  /** The deployment directory. */
  readonly directory: string;
  readonly stack: Pick<Stack, 'edge'>;
  readonly engine: Pick<Engine, 'exec'>;
  /** The container ID of a service. */
  container(service: string): string | undefined;
  /** PEM of the CA certificates to trust; `undefined` when the public ones suffice. */
  readonly roots: string | undefined;
  /** Ends the wait for an answer. */
  readonly signal?: AbortSignal | undefined;
}

const passed: ProbeResult = { ok: true };

/**
 * PEM of the CA certificates that a client of this deployment must trust; `undefined` when the public ones suffice.
 */
export async function readRoots(
  { directory }: { directory: string },
  { roots }: Pick<Stack, 'roots'>,
): Promise<string | undefined> {
  const texts = await Promise.all(roots.map((path) => readIfExists(join(directory, path))));
  return roots.length === 0 ? undefined : texts.filter((text) => text !== undefined).join('\n');
}

/**
 * Runs a probe once. A failed request is a result, not an error.
 *
 * @throws CancelledError when the run was interrupted
 */
export async function probeOnce(probe: Probe, target: ProbeTarget): Promise<ProbeResult> {
  try {
    switch (probe.kind) {
      case 'exec':
        return await probeByCommand(probe, target);
      case 'https':
        return await probeByRequest(probe, target);
      case 'certificate':
        return await probeCertificate(probe, target);
    }
  } catch (error) {
    if (error instanceof CancelledError) {
      throw error;
    }
    return { ok: false, saw: messageOf(error) };
  }
}

async function probeByCommand(
  { service, command, input, ownErrorCode }: Extract<Probe, { kind: 'exec' }>,
  { engine, container }: ProbeTarget,
): Promise<ProbeResult> {
  const id = container(service);
  if (id === undefined) {
    return { ok: false, saw: 'it has no container' };
  }
  const { exitCode, stdout, stderr } = await engine.exec(
    id,
    input === undefined ? { command } : { command, input },
  );
  if (exitCode === 0) return passed;
  const saw = (stderr || stdout).trim().replaceAll('\n', ' ');
  return { ok: false, saw, isOwnError: exitCode === ownErrorCode };
}

async function probeByRequest(
  { host, path, has }: Extract<Probe, { kind: 'https' }>,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const { status, body } = await askHttps({
    ...edgeOf(target),
    name: host,
    path,
    roots: target.roots,
    trustAnybody: target.stack.edge.isStaging,
    signal: target.signal,
  });
  if (status !== 200) {
    const isOwnError = status >= 500 && !unreached.includes(status);
    return { ok: false, saw: `status ${status} for https://${host}${path}`, isOwnError };
  }
  return has in JSON.parse(body)
    ? passed
    : { ok: false, saw: `no ${has} in the answer to https://${host}${path}` };
}

async function probeCertificate(
  { host, copy }: Extract<Probe, { kind: 'certificate' }>,
  target: ProbeTarget,
): Promise<ProbeResult> {
  const { address, port } = edgeOf(target);
  const { subject, issuer, distrust, fingerprint } = await servedCertificate({
    address,
    port,
    name: host,
    roots: target.roots,
    signal: target.signal,
  });
  if (copy !== undefined && fingerprint !== (await fingerprintOf(join(target.directory, copy)))) {
    return { ok: false, saw: `another certificate than the one in ${copy}` };
  }
  const isBuiltIn = isBuiltInCertificate(subject, target.stack.edge);
  if (distrust === undefined || (target.stack.edge.isStaging && !isBuiltIn)) {
    return passed;
  }
  return isBuiltIn
    ? { ok: false, saw: "the proxy's default certificate, so it has none for this name" }
    : { ok: false, saw: `${distrust} (${subject ?? 'without a name'}, issued by ${issuer})` };
}

function edgeOf({ stack: { edge } }: ProbeTarget) {
  return ownPlace(edge);
}

async function fingerprintOf(path: string): Promise<string | undefined> {
  const pem = await readIfExists(path);
  return pem === undefined ? undefined : new X509Certificate(pem).fingerprint256;
}

/** Whether this is the default certificate, which the proxy serves for a name without a certificate. */
export function isBuiltInCertificate(
  subject: string | undefined,
  { builtInCertificate }: Pick<Edge, 'builtInCertificate'>,
): boolean {
  return subject !== undefined && subject === builtInCertificate;
}

/** Where our own proxy answers on this host. */
export function ownPlace({ address = '0.0.0.0', httpsPort, behind }: Edge): {
  address: string;
  port: number;
  isPlain?: true;
} {
  if (behind?.kind === 'host-proxy') return { address: behind.address, port: behind.port, isPlain: true };
  const anywhere: Record<string, string> = { '0.0.0.0': '127.0.0.1', '::': '::1' };
  return { address: anywhere[address] ?? address, port: httpsPort };
}
