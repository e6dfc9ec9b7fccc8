import { rename, rm } from 'node:fs/promises';
import { converge } from '../../apply/converge.ts';
import { type Deployment, inDirectory } from '../../apply/deployment.ts';
import { uninterruptible } from '../../host/bounds.ts';
import { exists } from '../../host/files.ts';
import { composeFile, layout } from '../../layout.ts';
import type { Emit } from '../../plan/events.ts';
import type { Stack } from '../../stack/stack.ts';
import { lockedStack } from '../../state/locked-stack.ts';
import { removeServices } from '../restore/change-places.ts';
import { startDatabases, stoppedServers } from '../restore/database-server.ts';

type Note = (text: string) => void;

/**
 * Removes all containers except those of the database servers, which the last backup needs and which are started if
 * they do not run. Services that use a database are removed first. Stopping the containers is not enough: the engine
 * starts them again when the host boots. Hides the Compose file, so that nobody starts the server by hand.
 */
export async function stopServing(deployment: Deployment, note: Note): Promise<void> {
  const { engine } = deployment;
  await hideCompose(deployment);
  const stack = await lockedStack(deployment);
  const servers = stack.dumps.map(({ replacement }) => replacement.service);
  const others = stack.services.filter(({ name }) => !servers.includes(name));
  const usersFirst = others.sort((a, b) => usesOf(b, servers) - usesOf(a, servers));
  await removeServices(engine, stack.project, { services: usersFirst, note });
  // They are missing if an earlier run was interrupted and somebody has removed them since.
  if ((await stoppedServers(engine, stack)).length === 0) return;
  await showCompose(deployment);
  try {
    await startDatabases(deployment, stack);
  } finally {
    await hideCompose(deployment);
  }
}

function usesOf({ needs }: Stack['services'][number], servers: readonly string[]): number {
  return needs.filter((name) => servers.includes(name)).length;
}

/** Removes the remaining containers of the server, after all of its data was sent. Its files stay as they are. */
export async function removeServer(deployment: Deployment): Promise<void> {
  const { engine } = deployment;
  const { project } = await lockedStack(deployment);
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
  // An `apply` since then may have written a new file, which stays.
  await ((await exists(path)) ? rm(hidden) : rename(hidden, path));
}
