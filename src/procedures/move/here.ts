import { rename, rm } from 'node:fs/promises';
import { converge } from '../../apply/converge.ts';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import type { Emit } from '../../apply/events.ts';
import { exists } from '../../host/files.ts';
import { composeFile } from '../../stack/compose-file.ts';
import { describeStack, type Stack } from '../../stack/stack.ts';
import { layout } from '../../state/layout.ts';
import { readRecord } from '../../state/records.ts';

/** What is begun on the servers of the two hosts is finished, or can be continued: no interrupt ends it half-way. */
export const uninterruptible = new AbortController().signal;

/** The same deployment, whose calls no interrupt ends. */
export function toTheEnd(deployment: Deployment): Deployment {
  const { engine, compose } = deployment;
  return { ...deployment, engine: engine.until(uninterruptible), compose: compose.until(uninterruptible) };
}

export async function stackOf(deployment: Deployment): Promise<Stack> {
  return describeStack(deployment.config, await readRecord(inDirectory(deployment, layout.imageLock)));
}

type Note = (text: string) => void;

/**
 * Removes the containers of everything but the servers of the databases, which the last backup needs: who uses a database
 * first. A container that is only stopped is started by the engine when the host starts; and without the file of Compose
 * nobody starts one by hand.
 */
export async function stopServing(deployment: Deployment, note: Note): Promise<void> {
  const { engine } = deployment;
  await hideCompose(deployment);
  const stack = await stackOf(deployment);
  const servers = databaseServers(stack);
  const others = stack.services.filter(({ name }) => !servers.includes(name));
  const usersFirst = others.sort((a, b) => usesOf(b, servers) - usesOf(a, servers));
  const containers = await engine.containers(stack.project);
  for (const { name, stopGraceSeconds } of usersFirst) {
    for (const { id, state } of containers.filter(({ service }) => service === name)) {
      note(`stop ${name}`);
      if (state === 'running') await engine.stop(id, stopGraceSeconds);
      await engine.remove(id);
    }
  }
  await startDatabases(deployment, stack);
}

function usesOf({ needs }: Stack['services'][number], servers: readonly string[]): number {
  return needs.filter((name) => servers.includes(name)).length;
}

function databaseServers({ dumps }: Stack): string[] {
  return dumps.map(({ replacement }) => replacement.service);
}

/** Where a run before was ended, and somebody has removed them since. */
async function startDatabases(deployment: Deployment, stack: Stack): Promise<void> {
  const { engine, compose } = deployment;
  const servers = databaseServers(stack);
  const running = await engine.containers(stack.project);
  const missing = servers.filter(
    (name) => !running.some(({ service, state }) => service === name && state === 'running'),
  );
  if (missing.length === 0) return;
  await showCompose(deployment);
  try {
    await compose.up(missing);
  } finally {
    await hideCompose(deployment);
  }
}

/** Removes all that is left of the server's containers, when everything of it is elsewhere. Its files stay as they are. */
export async function removeServer(deployment: Deployment): Promise<void> {
  const { engine } = deployment;
  const { project } = await stackOf(deployment);
  await engine.removeJobs(project);
  for (const { id } of await engine.containers(project)) await engine.remove(id);
  await hideCompose(deployment);
}

/** Starts the server here again, as it was. */
export async function serveHere(deployment: Deployment, emit: Emit): Promise<void> {
  await showCompose(deployment);
  await converge(deployment, { emit, interrupt: uninterruptible, overwriteEdits: false });
}

async function hideCompose(deployment: Deployment): Promise<void> {
  const path = inDirectory(deployment, composeFile);
  if (await exists(path)) await rename(path, inDirectory(deployment, layout.movedCompose));
}

async function showCompose(deployment: Deployment): Promise<void> {
  const [hidden, path] = [inDirectory(deployment, layout.movedCompose), inDirectory(deployment, composeFile)];
  if (!(await exists(hidden))) return;
  // Somebody may have applied the configuration since, where that was allowed again.
  await ((await exists(path)) ? rm(hidden) : rename(hidden, path));
}
