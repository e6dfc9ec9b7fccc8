import type { Context } from '../context.ts';
import { answerOf } from './docker.ts';
import { distributionOf } from './installation.ts';

/** What the checks ask of Docker: only when a check needs it, and once where several do. */
export type DockerFacts = Awaited<ReturnType<typeof dockerFacts>>;

export async function dockerFacts(
  subject: Parameters<Context['openCompose']>[0],
  context: Pick<Context, 'connectEngine' | 'openCompose' | 'surroundings'>,
) {
  const { machine } = await context.surroundings();
  const compose = once(() => context.openCompose(subject));
  // Compose is a process of its own. Open it first: it answers while this process loads the engine's client.
  const engine = once(async () => {
    await compose();
    return context.connectEngine();
  });
  return {
    machine,
    engine,
    distribution: once(async () => distributionOf((await machine.readFile('/etc/os-release')) ?? '')),
    engineAnswer: once(() => answerOf(async () => (await engine()).version())),
    composeAnswer: once(() =>
      answerOf(async () => ({ product: 'Docker Compose', version: await (await compose()).version() })),
    ),
  };
}

/** Asks at the first call only. */
export function once<Value>(ask: () => Promise<Value>): () => Promise<Value> {
  let asked: Promise<Value> | undefined;
  return () => {
    asked ??= ask();
    return asked;
  };
}
