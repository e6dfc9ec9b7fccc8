import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { setExamples } from './examples.ts';

export function declareReleases(program: Command, context: Context): void {
  const releases = setExamples(program.command('releases'), {
    'matrix-deploy releases show': 'the current list',
    'matrix-deploy releases update --from new.json': 'from a newer list',
  }).description('show the list of tested versions, or get a newer one');
  declareCommand(
    releases,
    'show',
    'show which versions were tested together, and which ones must not be used',
    {
      'matrix-deploy releases show': '',
      'matrix-deploy releases show --json --quiet': 'for a program',
    },
  ).action(inSession('releases show', context, show));
  declareCommand(releases, 'update', 'get a newer list of versions; its signature is verified', {
    'matrix-deploy releases update --from https://example.org/releases.json': '',
    'matrix-deploy releases update --from new.json': '',
  })
    .requiredOption(
      '--from <address>',
      'an https:// address or a file; the signature is beside it, as NAME.minisig',
    )
    .action(inSession('releases update', context, update));
}

async function show({ context, directory, style, answer }: Session<object>): Promise<void> {
  const { knownReleases } = await import('../procedures/releases/known.ts');
  const { describeReleases } = await import('../output/releases.ts');
  const known = await knownReleases(directory, context);
  const { document, highestSerial: _own, ...about } = known;
  answer(describeReleases(known, await style()), { ...about, ...document });
}

async function update({
  context,
  directory,
  flags,
  answer,
}: Session<{ readonly from: string }>): Promise<void> {
  const { loadConfig } = await import('../state/load-config.ts');
  const { updateReleases } = await import('../procedures/releases/update.ts');
  const { describeUpdate } = await import('../output/releases.ts');
  // The document is stored in the deployment, so there must be one.
  await loadConfig(directory, context);
  const result = await updateReleases(directory, flags.from, context);
  const { changed, comment, document } = result;
  const { serial, issued, expires, sets } = document;
  answer(describeUpdate(result), { changed, serial, issued, expires, comment, sets });
}
