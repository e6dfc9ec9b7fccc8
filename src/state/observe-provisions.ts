import type { Provision } from '../components/questions.ts';
import type { Exec } from '../components/service.ts';
import type { Engine } from '../docker/engine.ts';
import type { ObservedContainer, ProvisionState } from '../plan/observed-state.ts';
import type { Secret } from '../secrets/secret.ts';
import type { Things } from '../stack/identity.ts';
import { readSecret } from './secrets.ts';

/** A provision according to its service. The identity is absent when the provision has none. */
export interface SeenProvision {
  readonly state: ProvisionState;
  readonly identity?: string | undefined;
}

/** Asks the running services for their provisions. */
export async function observeProvisions(
  provisions: readonly Provision[],
  containers: readonly ObservedContainer[],
  {
    directory,
    engine,
    isFirst,
  }: { directory: string; engine: Pick<Engine, 'exec'>; isFirst: Promise<boolean> },
): Promise<{ states: ReadonlyMap<string, ProvisionState>; seen: Things }> {
  const asked = await Promise.all(
    provisions.map(async (provision) => {
      const container = containers.find(
        ({ service, state }) => service === provision.service && state === 'running',
      );
      const found =
        container &&
        (await askProvision(engine, container.id, {
          provision,
          isFirst: await isFirst,
          // A missing secret will be created, and set in the service then.
          secret: await readSecret(directory, provision.secret).catch(() => undefined),
        }));
      return found === undefined ? [] : [[provision.name, found] as const];
    }),
  );
  const answers = asked.flat();
  return {
    states: new Map(answers.map(([name, { state }]) => [name, state])),
    seen: Object.fromEntries(answers.flatMap(([name, { identity }]) => (identity ? [[name, identity]] : []))),
  };
}

interface Question {
  readonly provision: Provision;
  /** Whether nothing has served yet. The provision may then be left from an interrupted first set-up. */
  readonly isFirst: boolean;
  /** The secret that is to open it; `undefined` if there is none yet. */
  readonly secret: Secret | undefined;
}

/** Asks a running container for the state and identity of a provision. `undefined` if the service does not answer. */
export async function askProvision(
  engine: Pick<Engine, 'exec'>,
  container: string,
  { provision: { name, observe, observeUnused, isOpenedBy }, isFirst, secret }: Question,
): Promise<SeenProvision | undefined> {
  const line = async (question: Exec) => {
    const { exitCode, stdout } = await engine.exec(container, question);
    return exitCode === 0
      ? (stdout.split('\n').find((each) => each.split('\t')[0] === name) ?? '')
      : undefined;
  };
  const found = await line(observe);
  if (found === undefined) return undefined;
  if (found === '') return { state: 'absent' };
  const isUnused = isFirst && (await line(observeUnused)) === name;
  const [, identity, kept = ''] = found.split('\t');
  if (isUnused) return { state: 'unused', identity };
  const isOpen = secret === undefined || isOpenedBy(secret.reveal(), kept);
  return { state: isOpen ? 'there' : 'closed', identity };
}
