import * as z from 'zod';
import { parseConfig } from '../../config/parse.ts';
import type { Context } from '../../context.ts';
import type { Engine } from '../../docker/engine.ts';
import { UsageError } from '../../errors.ts';
import { type CheckOptions, checkHost } from '../../preflight/check-host.ts';
import { testedImage } from '../../releases/releases.ts';
import { describeStack } from '../../stack/stack.ts';
import { refuseForeign } from '../../state/directory.ts';
import { refuseMovedAway } from '../../state/move.ts';
import { refuseUsed } from '../restore/restore.ts';
import { refuseFull, spaceNeeds } from '../restore/space.ts';

const announcement = z.object({
  config: z.string(),
  roots: z.string().optional(),
  images: z.record(z.string(), z.string()),
  parts: z
    .array(
      z.object({
        kind: z.enum(['database', 'digests', 'data', 'files']),
        bytes: z.number(),
        files: z.number(),
      }),
    )
    .optional(),
});

interface Receiving {
  /** The deployment directory, absolute. It must be empty. */
  readonly directory: string;
  /** What the old host has written, as JSON. */
  readonly text: string;
  readonly checks: CheckOptions;
  note(text: string): void;
}

/**
 * Checks whether this host can take a server that moves here, installs Docker if requested, and pulls the images.
 * Writes nothing in the deployment directory.
 *
 * @throws UsageError, PreflightError, as before a restore
 */
export async function receiveServer(
  context: Context,
  { directory, text, checks, note }: Receiving,
): Promise<{ addresses: readonly string[] }> {
  const { config: configText, roots, images, parts } = parseAnnouncement(text);
  const config = parseConfig(configText, await context.components());
  await refuseUsed(directory);
  await checkHost({ directory, config, roots }, context, checks);
  const engine = await context.connectEngine();
  const stack = describeStack(config, images);
  await refuseForeign(directory, config.server_name, await engine.containers(stack.project));
  await refuseMovedAway(engine, stack.project);
  if (parts !== undefined) {
    await refuseFull(context, spaceNeeds({ parts }, { directory, copiesDumps: true }));
  }
  const wanted = [...stack.services, ...stack.refills.map(({ job }) => job)].map(({ image }) => image);
  await pullMissing(engine, [...wanted, testedImage('restic')], note);
  const { machine } = await context.surroundings();
  return { addresses: machine.addresses() };
}

function parseAnnouncement(text: string): z.infer<typeof announcement> {
  try {
    return announcement.parse(JSON.parse(text));
  } catch (cause) {
    throw new UsageError('the standard input is not what `matrix-deploy move` writes', {
      code: 'usage.receive',
      hint: 'Nothing was done. Run `matrix-deploy move HOST` on the host where the server is.',
      cause,
    });
  }
}

async function pullMissing(
  engine: Engine,
  images: readonly string[],
  note: (text: string) => void,
): Promise<void> {
  for (const image of new Set(images)) {
    if ((await engine.imageId(image)) !== undefined) continue;
    note(`pull ${image}`);
    await engine.pull(image);
  }
}
