import type { Command } from 'commander';
import type { Context } from '../context.ts';
import { type CardFlags, cardFileLines, declareCard, prepareCard } from './card.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { openServer } from './open-server.ts';

interface InviteFlags extends CardFlags {
  readonly uses: string;
  readonly expires: string;
  readonly owner?: string;
}

export function declareInvite(program: Command, context: Context): void {
  const command = declareCommand(
    program,
    'invite',
    'create a space with rooms for a group from a file, and one invitation for all',
    {
      'matrix-deploy invite rowing.yaml': '',
      'matrix-deploy invite rowing.yaml --uses 40 --expires 2026-12-31': '',
      'matrix-deploy invite rowing.yaml --card-file card.html': 'page to print',
    },
  )
    .argument('<file>', 'YAML file of the group, or - for the standard input; see docs/inviting.md')
    .option('--uses <number>', 'how many people can register with it, or unlimited', '20')
    .option('--expires <when>', 'when it expires: 12h, 7d, 2w, a day such as 2026-12-31, or never', '2w')
    .option(
      '--owner <user>',
      'owner of the space and rooms: name or user ID (default: the owner of the space, or the only admin)',
    );
  declareCard(command).action((file: string, flags) =>
    inSession<InviteFlags>('invite', context, (session) => run(session, file))(flags),
  );
}

async function run(session: Session<InviteFlags>, file: string): Promise<void> {
  const { context, flags, answer, style } = session;
  const [{ parseGroup }, { readYamlFile }, { parseExpiry, parseUses }, { invite }, output] =
    await Promise.all([
      import('../config/group-file.ts'),
      import('../host/given-files.ts'),
      import('../administration/tokens.ts'),
      import('../administration/invite.ts'),
      import('../output/invite.ts'),
    ]);
  const uses = parseUses(flags.uses);
  const expiresAt = parseExpiry(flags.expires, context.clock.now());
  const group = parseGroup(await readYamlFile(file, context, '<file>'), file);
  const write = await prepareCard(context, flags, 'with another --card-file');
  const server = await openServer(session);
  const reporter = await session.reporter();
  const { clock, random } = context;
  const made = await invite(
    server,
    { group, owner: flags.owner, uses, expiresAt },
    { clock, random, onRoom: (name) => reporter.moment(`the room ${name}`) },
  );
  const card = output.cardOfGroup(made);
  const written = await write(card);
  const chosen = await style();
  answer(
    [
      ...output.describeGroup(made, chosen),
      ...(await output.describeInvitation(card, context, chosen, flags.card ?? false)),
      ...cardFileLines(written),
    ],
    { ...made, cardFile: written.path },
  );
  if (written.failure !== undefined) throw written.failure;
}
