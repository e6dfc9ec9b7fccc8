import { firstEngineWithIpv6 } from '../components/edge.ts';
import type { EngineVersion } from '../docker/engine.ts';
import { CancelledError, messageOf, UserError } from '../errors.ts';
import { familyOf, isIpv6Only } from '../host/address-ranges.ts';
import { failed, type Judgement, passed } from '../host/judgement.ts';
import { type Distribution, type Installation, installation } from './installation.ts';

/**
 * The oldest versions of the engine and of Compose that the stack runs on. Earlier versions of Compose do not support
 * `--no-deps` together with `--pull`.
 */
const oldest = { engine: [20, 10], compose: [2, 20] } as const;

/** The version of a program, or the error that came in its place. */
export type VersionAnswer =
  | EngineVersion
  | { readonly code: string; readonly message: string; readonly hint?: string | undefined };

/**
 * Asks for a version, and returns an error in place of throwing it; of a UserError with a cause, that cause.
 *
 * @throws CancelledError when it was interrupted
 */
export async function answerOf(ask: () => Promise<EngineVersion>): Promise<VersionAnswer> {
  try {
    return await ask();
  } catch (error) {
    if (error instanceof CancelledError) {
      throw error;
    }
    const cause = error instanceof UserError ? (error.cause ?? error) : error;
    const hint = cause instanceof UserError ? cause.hint : undefined;
    return { code: String((cause as { code?: unknown }).code), message: messageOf(cause), hint };
  }
}

/** Codes of errors in the settings that say which engine to use. */
const unknownEngine = new Set(['docker.remote', 'docker.context', 'docker.settings']);

export function judgeEngine(
  answer: VersionAnswer,
  { installed, distribution }: { installed: boolean; distribution: Distribution },
): Judgement {
  if ('version' in answer) {
    return answer.product === 'Docker'
      ? judgeVersion('Docker Engine', answer.version, oldest.engine)
      : judgeOtherEngine(answer);
  }
  const { code, message, hint = '' } = answer;
  if (code === 'EACCES') {
    return failed(
      'this user may not use the Docker engine',
      'Run as root, or join the group: `sudo usermod --append --groups docker $USER`, then log in again.',
    );
  }
  if (code === 'ECONNREFUSED' || (code === 'ENOENT' && installed)) {
    return failed(
      `the Docker engine is installed, but does not run (${message})`,
      'Start it: `systemctl enable --now docker`. If it does not stay up, `journalctl -u docker` tells why.',
    );
  }
  if (unknownEngine.has(code)) {
    return failed(message, hint);
  }
  return code === 'ENOENT'
    ? missing('there is no Docker engine on this host', installation(distribution))
    : failed(`the Docker engine does not answer: ${message}`, 'See what `docker info` and DOCKER_HOST say.');
}

function judgeOtherEngine({ product, version }: EngineVersion): Judgement {
  return failed(
    `${product} ${version} answers in place of Docker, and is not supported: matrix-deploy is tested with Docker Engine only`,
    'Install Docker Engine. Where it runs beside it, name it: `DOCKER_HOST=unix:///run/docker.sock`.',
  );
}

/** What decides whether the network of the containers needs IPv6. */
interface WantedIpv6 {
  /** Whether matrix.yaml asks for IPv6 on this network. */
  readonly isSet: boolean;
  /** The addresses of this host. */
  readonly own: readonly string[];
}

/**
 * Judges whether the engine and the host can give the containers' network IPv6, and whether the network has IPv6
 * where the host has nothing else. Another check reports an engine that does not answer.
 */
export function judgeIpv6Network(answer: VersionAnswer, { isSet, own }: WantedIpv6): Judgement {
  const needed = isIpv6Only(own);
  const otherwise = needed ? '' : ', or set traefik.publish.ipv6_network to false';
  if ('version' in answer && Number.parseInt(answer.version, 10) < firstEngineWithIpv6) {
    return failed(
      `Docker Engine ${answer.version} gives a network no IPv6 by itself: ${firstEngineWithIpv6} is the first that does`,
      `Update it: https://docs.docker.com/engine/install/${otherwise}.`,
    );
  }
  if (needed && !isSet) {
    return failed(
      'this host has IPv6 only, and the network of the containers has none: they reach neither the CA nor other homeservers',
      'Set traefik.publish.ipv6_network to true in matrix.yaml.',
    );
  }
  return needed || own.some((address) => familyOf(address) === 'ipv6')
    ? passed('the containers can have IPv6')
    : failed('this host has no IPv6 address', `Give it one${otherwise}.`);
}

export function judgeCompose(answer: VersionAnswer, distribution: Distribution): Judgement {
  if ('version' in answer) {
    return judgeVersion('Docker Compose', answer.version, oldest.compose);
  }
  if (answer.code === 'docker.settings') {
    return failed(answer.message, answer.hint ?? '');
  }
  return answer.code === 'docker.missing'
    ? missing('there is no docker command on this host', installation(distribution))
    : missing('the docker command has no working Compose plugin', installation(distribution, ['compose']));
}

function missing(finding: string, { offers, instruction }: Installation): Judgement {
  return { ...failed(finding, instruction), offers };
}

function judgeVersion(program: string, version: string, floor: readonly [number, number]): Judgement {
  const [major = 0, minor = 0] = version.split('.').map((part) => Number.parseInt(part, 10));
  const old = major < floor[0] || (major === floor[0] && minor < floor[1]);
  return old
    ? failed(
        `${program} ${version} is too old: ${floor.join('.')} is the oldest that works`,
        'Update it: https://docs.docker.com/engine/install/',
      )
    : passed(`${program} ${version}`);
}
