import { messageOf } from '../../src/errors.ts';
import { type Drawn, deaths } from '../e2e/support/deaths.ts';
import type { Deployment } from '../e2e/support/deployment.ts';
import type { Trial } from './trials.ts';

interface Telling {
  say(text: string): void;
}

/** Not the effects by which a command only listens to a container, and removes one whose work is done. */
const steps = /^(?!\S+ \S*\/(containers|exec)\/ID\/(attach|wait|start|archive)\b|DELETE \S*\/containers\/ID)/;

/**
 * Runs a command until it succeeds; it is killed before each of its steps in turn, or before a share of them.
 *
 * @param known steps that it need not be killed before
 * @returns the steps before which it was killed, and what was lost
 */
export async function killAtSteps(
  deployment: Deployment,
  trial: Trial,
  { say, known = [], ...drawn }: Drawn & Telling & { known?: readonly string[] },
): Promise<{ survived: string[]; lost: string[] }> {
  const lost: string[] = [];
  const survived: string[] = [];
  const look = async (when: string, found: () => Promise<string[]>) => {
    const begun = performance.now();
    const wrong = await found().catch((error) => [messageOf(error)]);
    lost.push(...wrong.map((text) => `${trial.name}, ${when}: ${text}`));
    const seconds = ((performance.now() - begun) / 1000).toFixed(0);
    say(`${trial.name}: ${when}: ${wrong.length === 0 ? 'nothing lost' : `LOST ${wrong}`}, ${seconds} s`);
  };
  try {
    await trial.prepare();
    for await (const effect of deaths(deployment, trial.argv, { among: steps, drawn, known })) {
      survived.push(effect);
      await look(`killed before ${shortened(effect)}`, () => trial.after());
    }
    await look('at the end', () => trial.finish());
  } catch (error) {
    await look('at last', () => Promise.reject(error));
  }
  return { survived, lost };
}

/** Without what all containers have in common. */
function shortened(effect: string): string {
  const [, command = effect] = /[?&]Image=(.*?)&Env=/.exec(effect) ?? [];
  const [work = ''] = /^the work of /.exec(effect) ?? [];
  const [repetition = ''] = / \(\d+\)$/.exec(effect) ?? [];
  const words = command === effect ? effect : `${work}${command.replaceAll(/&\w+=/g, ' ')}${repetition}`;
  return words.length > 250 ? `${words.slice(0, 250)}...${repetition}` : words;
}
