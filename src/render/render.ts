import { createHash } from 'node:crypto';
import type { FileSpec } from '../components/component.ts';
import { generatedUses, secretUses } from '../components/secret-reference.ts';
import type { Service } from '../components/service.ts';
import { composeFile } from '../layout.ts';
import type { Stack } from '../stack/stack.ts';
import { composeService, renderCompose } from './compose.ts';
import { openTemplate, printDocument, readTemplate, setValues } from './template.ts';

/** A file of the deployment directory. Rendered files hold no secrets: they may be shown, compared and sent. */
export interface RenderedFile {
  /** Path below the deployment directory. */
  readonly path: string;
  readonly text: string;
}

/** A stack as text. */
export interface Rendering {
  /** Sorted by path. */
  readonly files: readonly RenderedFile[];
  /**
   * By service, the digest of its definition and of the rendered files that it reads: Compose's own hash does not
   * cover the files.
   */
  readonly digests: Readonly<Record<string, string>>;
}

/** Renders every file of a stack; the same stack always gives the same text. */
export function renderStack(stack: Stack): Rendering {
  const files = stack.files.map((spec) => ({ path: spec.path, text: renderFile(spec, stack) }));
  const digests = Object.fromEntries(
    stack.services.map((service) => [service.name, serviceDigest(service, files)]),
  );
  const compose = { path: composeFile, text: renderCompose(stack, digests) };
  return { files: [compose, ...files].sort((a, b) => (a.path < b.path ? -1 : 1)), digests };
}

/** Whether the service mounts this file. */
export function readsFile({ mounts }: Pick<Service, 'mounts'>, path: string): boolean {
  return mounts.some(({ source }) => path === source || path.startsWith(`${source}/`));
}

/** Short digest of a text: to recognise it, not to protect it. */
export function digestOf(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 16);
}

function renderFile({ path, template, values }: FileSpec, stack: Stack): string {
  if (values === undefined) {
    return readTemplate(template);
  }
  const document = openTemplate(template);
  const chosen = values(stack);
  const [use] = [...secretUses(chosen), ...generatedUses(chosen)];
  if (use !== undefined) {
    throw new Error(`${path} would show the secret ${use.secret}: make it a bundle, or a derived secret`);
  }
  setValues(document, chosen);
  return template.endsWith('.json')
    ? `${JSON.stringify(document.toJS(), undefined, 2)}\n`
    : printDocument(document);
}

function serviceDigest(service: Service, files: readonly RenderedFile[]): string {
  const read = files.filter(({ path }) => readsFile(service, path)).map(({ path, text }) => [path, text]);
  return digestOf(JSON.stringify([composeService(service), read]));
}
