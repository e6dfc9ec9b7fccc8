import { Argument, type Command } from 'commander';
import type { Context } from '../context.ts';
import type { EdgeProgram } from '../render/edge-snippet.ts';
import { declareCommand, inSession, type Session } from './command.ts';
import { setExamples } from './examples.ts';

const programs = ['nginx', 'caddy', 'apache', 'haproxy'] as const satisfies readonly EdgeProgram[];

export function declareEdge(program: Command, context: Context): void {
  const edge = setExamples(program.command('edge'), {
    'matrix-deploy edge snippet nginx': 'settings for the nginx of this host',
  }).description('work behind a proxy that already runs on this host');
  const snippet = declareCommand(
    edge,
    'snippet',
    'print the settings with which a proxy of this host forwards requests',
    {
      'matrix-deploy edge snippet nginx --quiet': 'only the settings',
      'matrix-deploy edge snippet caddy': '',
    },
  ).addArgument(new Argument('<program>', 'the proxy of this host').choices(programs));
  snippet.action((name: EdgeProgram, flags) =>
    inSession('edge snippet', context, (session: Session<object>) => printSnippet(session, name))(flags),
  );
}

async function printSnippet(
  { context, directory, answer }: Session<object>,
  program: EdgeProgram,
): Promise<void> {
  const { loadConfig } = await import('../state/load-config.ts');
  const { unlockedStack } = await import('../stack/stack.ts');
  const { renderEdgeSnippet } = await import('../render/edge-snippet.ts');
  const { config } = await loadConfig(directory, context);
  const stack = unlockedStack(config);
  const { UserError } = await import('../errors.ts');
  if (stack.edge.behind?.kind === 'traefik') {
    throw new UserError('the Traefik that runs here finds this server by labels', {
      code: 'edge.labels',
      hint: 'It needs no settings: `matrix-deploy verify` tells whether it serves this server.',
    });
  }
  if (stack.edge.behind === undefined) {
    throw new UserError('no other proxy stands in front of this server', {
      code: 'edge.own',
      hint: 'Its own proxy has the ports and the certificates. To change that, set traefik.edge.kind to host-proxy in matrix.yaml, remove traefik.certificates and traefik.publish, and run `matrix-deploy apply`.',
    });
  }
  const text = renderEdgeSnippet(program, stack);
  answer(text.trimEnd().split('\n'), { program, names: stack.delegation.names, text });
}
