import { parseDocument } from 'yaml';
import { composeFile } from '../layout.ts';
import type { Stack } from '../stack/stack.ts';
import { type RenderedFile, renderStack } from './render.ts';
import { printDocument, setValues } from './template.ts';

/** The project of a copy that is tried beside its server. No server's own project has such a name. */
export function copyProject(project: string): string {
  return `drill_${project}`;
}

/**
 * A stack as a copy that nobody can reach and that can reach nobody: without the services that publish ports, and
 * only on the network that has no way out and on which the host has no address.
 */
export function isolatedStack(stack: Stack): Stack {
  const services = stack.services
    .filter(({ ports }) => ports.length === 0)
    .map((service) => ({ ...service, networks: ['data'] as const }));
  return { ...stack, project: copyProject(stack.project), services };
}

/**
 * The files of an isolated stack. Its containers give way to all others when processor time or memory is short, and
 * are not restarted.
 */
export function renderIsolated(stack: Stack): RenderedFile[] {
  return renderStack(stack).files.map((file) =>
    file.path === composeFile ? { ...file, text: givingWay(file.text) } : file,
  );
}

function givingWay(text: string): string {
  const document = parseDocument(text);
  setValues(document, { 'x-hardened': { restart: 'no', cpu_shares: 64, oom_score_adj: 1000 } });
  return printDocument(document);
}
