import type { Provision } from '../components/questions.ts';
import type { Engine } from '../docker/engine.ts';
import type { Things } from '../stack/identity.ts';
import type { ObservedContainer, ProvisionState } from './observed-state.ts';

/** A provision as the service says that it is; the identity is absent where there is none. */
export interface SeenProvision {
  readonly state: ProvisionState;
  readonly identity?: string | undefined;
}

/** Asks the services that run for what must exist in them. */
export async function observeProvisions(
  provisions: readonly Provision[],
  containers: readonly ObservedContainer[],
  engine: Pick<Engine, 'exec'>,
): Promise<{ states: ReadonlyMap<string, ProvisionState>; seen: Things }> {
  const asked = await Promise.all(
    provisions.map(async (provision) => {
      const container = containers.find(
        ({ service, state }) => service === provision.service && state === 'running',
      );
      const found = container && (await askProvision(engine, container.id, provision));
      return found === undefined ? [] : [[provision.name, found] as const];
    }),
  );
  const answers = asked.flat();
  return {
    states: new Map(answers.map(([name, { state }]) => [name, state])),
    seen: Object.fromEntries(answers.flatMap(([name, { identity }]) => (identity ? [[name, identity]] : []))),
  };
}

/** Is the thing there, inside this running container, and which one is it? `undefined` where the service does not answer. */
export async function askProvision(
  engine: Pick<Engine, 'exec'>,
  container: string,
  { name, observe }: Provision,
): Promise<SeenProvision | undefined> {
  const { exitCode, stdout } = await engine.exec(container, observe);
  if (exitCode !== 0) return undefined;
  const line = stdout.split('\n').find((each) => each.split('\t')[0] === name);
  return line === undefined ? { state: 'absent' } : { state: 'there', identity: line.split('\t')[1] };
}
