import { run } from '../command.ts';
import type { Say } from '../progress.ts';
import { imageArchive } from './image-archive.ts';

/**
 * Sees to it that the machine's engine has these images: pulls what is missing, or, where no registry can be reached, builds and loads it.
 * @param references with tags, such as `postgres:17`
 */
export async function ensureImages(references: readonly string[], say: Say): Promise<void> {
  const present = await Promise.all(references.map(isPresent));
  const missing = references.filter((_, index) => !present[index]);
  if (missing.length === 0) return say('all images are here');
  const online = await registryAnswers();
  if (!online) say('no image registry can be reached: building the images from package registries');
  await Promise.all(
    missing.map(async (reference) => {
      if (!(online && (await pull(reference, say)))) await buildAndLoad(reference, say);
    }),
  );
}

async function isPresent(reference: string): Promise<boolean> {
  return run('docker', ['image', 'inspect', reference]).then(
    () => true,
    () => false,
  );
}

/** Any answer will do: this registry's first is always that one must log in. */
async function registryAnswers(): Promise<boolean> {
  const answer = await fetch('https://registry-1.docker.io/v2/', { signal: AbortSignal.timeout(4000) }).catch(
    () => undefined,
  );
  return answer !== undefined;
}

async function pull(reference: string, say: Say): Promise<boolean> {
  try {
    await run('docker', ['pull', '--quiet', reference], { timeoutSeconds: 600 });
    say(`${reference}: pulled`);
    return true;
  } catch {
    say(`${reference}: could not be pulled: building it`);
    return false;
  }
}

async function buildAndLoad(reference: string, say: Say): Promise<void> {
  if (process.getuid?.() !== 0) {
    throw new Error(`${reference} cannot be pulled here, and only root can build it: run this as root.`);
  }
  const archive = await imageArchive(reference);
  say(`${reference}: loading`);
  await run('docker', ['load', '--input', archive], { timeoutSeconds: 300 });
}
