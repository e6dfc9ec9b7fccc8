import type { Readable } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { extract, type Header, pack } from 'tar-stream';
import type { OwnedDirectory, OwnedFile } from './engine.ts';

/** An archive of empty directories with their owners and modes. */
export function ownedDirectories(directories: readonly OwnedDirectory[]): Readable {
  const archive = pack();
  for (const { path, owner, mode } of directories) {
    archive.entry({ name: path, type: 'directory', mode, uid: owner.uid, gid: owner.gid });
  }
  archive.finalize();
  return archive as unknown as Readable;
}

/** An archive of one file. */
export function ownedFile({ path, owner, mode, text }: OwnedFile): Readable {
  const archive = pack();
  archive.entry({ name: path, mode, uid: owner.uid, gid: owner.gid }, text);
  archive.finalize();
  return archive as unknown as Readable;
}

/** The same archive with another mode on its entries. */
export async function withMode(archive: Readable, mode: number): Promise<Readable> {
  const changed = pack();
  for (const { header, content } of await readEntries(archive)) {
    changed.entry({ ...header, mode }, content);
  }
  changed.finalize();
  return changed as unknown as Readable;
}

/** The text of the one file that an archive has; `undefined` where it has none. */
export async function textIn(archive: Readable): Promise<string | undefined> {
  const entries = await readEntries(archive);
  return entries.find(({ header }) => header.type === 'file')?.content.toString('utf8');
}

async function readEntries(archive: Readable): Promise<{ header: Header; content: Buffer }[]> {
  const entries: { header: Header; content: Buffer }[] = [];
  const reader = extract();
  reader.on('entry', (header, stream, next) => {
    const chunks: Buffer[] = [];
    stream.on('data', (chunk) => chunks.push(chunk as Buffer));
    stream.on('end', () => {
      entries.push({ header, content: Buffer.concat(chunks) });
      next();
    });
  });
  await pipeline(archive, reader as unknown as NodeJS.WritableStream);
  return entries;
}
