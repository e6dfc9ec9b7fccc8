import { createHash } from 'node:crypto';
import { createReadStream } from 'node:fs';
import { copyFile, link, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pipeline } from 'node:stream/promises';
import { run } from '../command.ts';

/** The part of an image's configuration that a container runs by; the names are those of the OCI image specification. */
export interface ImageConfig {
  Entrypoint?: string[];
  Cmd?: string[];
  Env?: string[];
  ExposedPorts?: Record<string, object>;
  Volumes?: Record<string, object>;
  StopSignal?: string;
  User?: string;
  WorkingDir?: string;
  Labels?: Record<string, string>;
  /** Times in nanoseconds. Docker's own extension. */
  Healthcheck?: {
    Test: string[];
    Interval?: number;
    Timeout?: number;
    StartPeriod?: number;
    Retries?: number;
  };
}

const architectures: Partial<Record<NodeJS.Architecture, string>> = { x64: 'amd64', arm64: 'arm64' };

/** The processor that images are made for, by the name that Docker and Debian give it. */
export function architecture(): string {
  const name = architectures[process.arch];
  if (name === undefined) throw new Error(`No image can be made on this processor: ${process.arch}`);
  return name;
}

/**
 * Writes an image as `docker save` would, without an engine.
 * @param layers tar files, the lowest first
 * @param target the file to write
 */
export async function writeArchive(
  reference: string,
  config: ImageConfig,
  layers: readonly string[],
  target: string,
): Promise<void> {
  const staging = await mkdtemp(`${target}.staging-`);
  try {
    const digests = await Promise.all(layers.map(fileDigest));
    for (const [index, layer] of layers.entries())
      await linkOrCopy(layer, join(staging, `${digests[index]}.tar`));
    const description = JSON.stringify({
      architecture: architecture(),
      os: 'linux',
      created: new Date(0).toISOString(),
      config,
      rootfs: { type: 'layers', diff_ids: digests.map((digest) => `sha256:${digest}`) },
    });
    const name = `${createHash('sha256').update(description).digest('hex')}.json`;
    await writeFile(join(staging, name), description);
    const manifest = [
      { Config: name, RepoTags: [reference], Layers: digests.map((digest) => `${digest}.tar`) },
    ];
    await writeFile(join(staging, 'manifest.json'), JSON.stringify(manifest));
    await run('tar', ['-C', staging, '-cf', target, '.'], { timeoutSeconds: 300 });
  } finally {
    await rm(staging, { recursive: true, force: true });
  }
}

async function fileDigest(path: string): Promise<string> {
  const hash = createHash('sha256');
  await pipeline(createReadStream(path), hash);
  return hash.digest('hex');
}

async function linkOrCopy(source: string, target: string): Promise<void> {
  await link(source, target).catch(() => copyFile(source, target));
}
