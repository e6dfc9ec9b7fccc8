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
 * Removes the containers of everything but the servers of the databases, which the last backup needs: who uses a database
 * first. A container that is only stopped is started by the engine when the host starts; and without the file of Compose
 * nobody starts one by hand.
 */
export async function stopServing(deployment: Deployment, note: Note): Promise<void> {
  const { engine } = deployment;
  await hideCompose(deployment);
  const stack = await lockedStack(deployment);
  const servers = stack.dumps.map(({ replacement }) => replacement.service);
  const others = stack.services.filter(({ name }) => !servers.includes(name));
  const usersFirst = others.sort((a, b) => usesOf(b, servers) - usesOf(a, servers));
  await removeServices(engine, stack.project, { services: usersFirst, note });
  // Where a run before was ended, and somebody has removed them since.
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

/** Removes all that is left of the server's containers, when everything of it is elsewhere. Its files stay as they are. */
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
  // Somebody may have applied the configuration since, where that was allowed again.
  await ((await exists(path)) ? rm(hidden) : rename(hidden, path));
}
