import { Deployment } from '../../test/e2e/support/deployment.ts';
import { stackImages } from '../../test/e2e/support/stack-images.ts';
import type { Lab } from '../../test/lab/lab.ts';
import { withLab } from '../on-lab.ts';
import { interleaved } from '../samples.ts';
import { follow } from '../timed.ts';
import type { Measure } from './measure.ts';

/** Is anything newer? Against the answers of the same registry, asked one after the other. */
export const measureCheck: Measure = async ({ signal, say }, { nodes: [node], rounds = 7 }) => {
  const { check, nothing, byHand, start } = await withLab(signal, (lab) => ask(lab, rounds, signal));
  say(`check: ${rounds} rounds`);
  const against = { name: 'the registry’s answers by curl', samples: byHand };
  const compared = { unit: 'ms', node: node.version, against, bar: { ratio: 1.5 } } as const;
  return {
    comparisons: [
      { ...compared, name: 'upgrade --check, nothing newer', ours: check },
      { ...compared, name: 'upgrade, nothing newer', ours: nothing },
      { unit: 'ms', node: node.version, name: '(--version on the same host)', ours: start },
    ],
  };
};

async function ask(lab: Lab, rounds: number, signal: AbortSignal) {
  for (const image of stackImages) await lab.registry.serve(image);
  const host = await lab.host('alpha', { images: stackImages });
  const deployment = new Deployment(host);
  await deployment.init();
  const timed = async (argv: string[]) =>
    (await follow(await host.spawn(argv), performance.now(), argv.join(' '), signal)).milliseconds;
  const questions = stackImages.map((image) => image.replace(/^(?!.*\/)/, 'library/').replace(':', ' '));
  const sides = {
    check: () => timed(deployment.command('upgrade', '--check')),
    nothing: () => timed(deployment.command('upgrade', '--yes')),
    byHand: () => timed(['bash', '-euc', byHandScript, 'ask', ...questions]),
    start: () => timed(deployment.command('--version').slice(0, 3)),
  };
  await interleaved(1, sides);
  return interleaved(rounds, sides);
}

/** Asks for the tags of each repository, and for the digest of a tag: what a script does that somebody writes for it. */
const byHandScript = `
for question in "$@"; do
  set -- $question
  curl --silent --fail --output /dev/null "https://registry-1.docker.io/v2/$1/tags/list?n=1000"
  curl --silent --fail --head --output /dev/null --header 'Accept: application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json, application/vnd.docker.distribution.manifest.v2+json' "https://registry-1.docker.io/v2/$1/manifests/$2"
done`;
