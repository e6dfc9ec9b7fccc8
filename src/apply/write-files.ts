import { dirname } from 'node:path';
import { ensureDirectory, readIfExists, writeAtomically } from '../host/files.ts';
import { layout, modes } from '../layout.ts';
import { type Written, withText } from '../plan/written.ts';
import type { RenderedFile } from '../render/render.ts';
import { writeRecord } from '../state/records.ts';
import { batched } from './batch.ts';
import { type Deployment, inDirectory } from './deployment.ts';

/** Writes rendered files one after the other. Records each file before writing it. */
export function fileWriter(
  deployment: Pick<Deployment, 'directory'>,
  before: Written,
): (file: RenderedFile) => Promise<void> {
  let written = before;
  return batched(async (files) => {
    await ensureDirectory(inDirectory(deployment, layout.state), modes.stateDirectory);
    for (const { path, text } of files) {
      written = withText(written, path, text, await readIfExists(inDirectory(deployment, path)));
    }
    await writeRecord(inDirectory(deployment, layout.written), written);
    for (const { path, text } of files) {
      const target = inDirectory(deployment, path);
      await ensureDirectory(dirname(target), modes.directory);
      await writeAtomically(target, text, modes.rendered);
    }
  });
}
