import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { messageOf, PreflightError } from '../errors.ts';
import { isErrno } from '../host/files.ts';
import { remoteEngineRemedy } from './engine.ts';

type Environment = Readonly<Record<string, string | undefined>>;

/** The engine that every part of a run talks to: our own requests, and Compose. */
export interface EngineEndpoint {
  /** Absolute path of its socket on this host. */
  readonly socketPath: string;
  /** The setting that names it, such as "DOCKER_HOST"; `undefined` for the usual socket. */
  readonly namedBy: string | undefined;
}

/** The user's settings of the docker command. */
export interface ClientSettings {
  readonly currentContext: string | undefined;
  /** The user's directories in which it looks for plugins, such as Compose. */
  readonly pluginDirectories: readonly string[];
}

const usualSocket = '/var/run/docker.sock';

/**
 * Finds the engine as the docker command does: DOCKER_HOST, then DOCKER_CONTEXT, then the context that `docker
 * context use` has chosen, then the usual socket (docker/cli, cli/command/cli.go, resolveContextName).
 *
 * @throws PreflightError when the engine is not on a socket of this host (containers mount files of this host), when
 *   there is no such context, or when the settings cannot be read.
 */
export async function findEngine(environment: Environment): Promise<EngineEndpoint> {
  if (environment.DOCKER_HOST) {
    return socketOf(environment.DOCKER_HOST, 'DOCKER_HOST');
  }
  const chosen = environment.DOCKER_CONTEXT
    ? { name: environment.DOCKER_CONTEXT, by: `DOCKER_CONTEXT (${environment.DOCKER_CONTEXT})` }
    : await currentContext(environment);
  if (chosen === undefined || chosen.name === 'default') {
    return { socketPath: usualSocket, namedBy: undefined };
  }
  return socketOf(await hostOfContext(environment, chosen.name), chosen.by);
}

/** The settings of the docker command that decide where it looks: `config.json` (docker/cli, "docker CLI configuration"). */
export async function readClientSettings(environment: Environment): Promise<ClientSettings> {
  const directory = settingsDirectory(environment);
  const settings = (await readJson(join(directory, 'config.json'))) ?? {};
  const { currentContext: name, cliPluginsExtraDirs } = settings as Record<string, unknown>;
  return {
    currentContext: typeof name === 'string' && name !== '' ? name : undefined,
    pluginDirectories: [
      ...(Array.isArray(cliPluginsExtraDirs) ? cliPluginsExtraDirs.map(String) : []),
      join(directory, 'cli-plugins'),
    ],
  };
}

async function currentContext(environment: Environment): Promise<{ name: string; by: string } | undefined> {
  const { currentContext: name } = await readClientSettings(environment);
  return name === undefined ? undefined : { name, by: `the docker context ${name}` };
}

/** The address in a context's file, which is named by the digest of the context's name (docker/cli, cli/context/store). */
async function hostOfContext(environment: Environment, name: string): Promise<string> {
  const identity = createHash('sha256').update(name).digest('hex');
  const path = join(settingsDirectory(environment), 'contexts/meta', identity, 'meta.json');
  const context = (await readJson(path)) as { Endpoints?: { docker?: { Host?: string } } } | undefined;
  if (context === undefined) {
    throw new PreflightError(`there is no docker context ${name}`, {
      code: 'docker.context',
      hint: 'See `docker context ls`; choose another one with `docker context use`, or unset DOCKER_CONTEXT.',
    });
  }
  return context.Endpoints?.docker?.Host || `unix://${usualSocket}`;
}

function socketOf(host: string, namedBy: string): EngineEndpoint {
  if (!host.startsWith('unix://')) {
    throw new PreflightError(`${namedBy} names an engine that is not on a socket of this host: ${host}`, {
      code: 'docker.remote',
      hint: remoteEngineRemedy,
    });
  }
  return { socketPath: host.slice('unix://'.length) || usualSocket, namedBy };
}

function settingsDirectory({ DOCKER_CONFIG, HOME }: Environment): string {
  return DOCKER_CONFIG || join(HOME || homedir(), '.docker');
}

/** @returns `undefined` where there is no such file */
async function readJson(path: string): Promise<unknown> {
  try {
    return JSON.parse(await readFile(path, 'utf8'));
  } catch (error) {
    if (isErrno(error, 'ENOENT') || isErrno(error, 'ENOTDIR')) {
      return undefined;
    }
    throw new PreflightError(`the docker command's settings cannot be read: ${path}: ${messageOf(error)}`, {
      code: 'docker.settings',
      hint: 'They say which engine is meant. Correct the file, or name the engine with DOCKER_HOST.',
    });
  }
}
