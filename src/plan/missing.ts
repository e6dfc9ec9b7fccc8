import type { FileJudgement } from '../components/component.ts';
import { ConfigError } from '../errors.ts';
import { layout } from '../layout.ts';
import type { Stack } from '../stack/stack.ts';
import type { ObservedState } from './observed-state.ts';

/**
 * Refuses a configuration that names secrets which nobody has set.
 *
 * @throws ConfigError naming all of them, and the commands that set them.
 */
export function refuseMissingSecrets(
  { secretUses }: Pick<Stack, 'secretUses'>,
  { bundles: { missing } }: Pick<ObservedState, 'bundles'>,
): void {
  if (missing.length === 0) return;
  const isOne = missing.length === 1;
  throw new ConfigError(
    `${layout.config} names ${isOne ? 'a secret that is' : 'secrets that are'} not set: ${missing.join(', ')}`,
    {
      code: 'config.secret',
      details: missing.flatMap((name) =>
        secretUses.filter(({ secret }) => secret === name).map(({ path }) => `${name}: ${path.join('.')}`),
      ),
      hint: `Run ${missing.map((name) => `\`matrix-deploy secrets set ${name}\``).join(' and ')}, then this command again. Nothing was changed.`,
    },
  );
}

/**
 * Refuses a configuration that names files of the operator that do not exist: the checks before a service starts do
 * not look for all of them.
 *
 * @throws ConfigError naming all of them.
 */
export function refuseMissingFiles(
  { bundles: specs }: Pick<Stack, 'bundles'>,
  { bundles: { wanted } }: Pick<ObservedState, 'bundles'>,
): void {
  const missing = specs.flatMap(({ name, from = '', named = [] }) => {
    const entries = wanted.find((bundle) => bundle.name === name)?.entries ?? [];
    return named
      .filter((path) => !entries.some((entry) => entry.path === path))
      .map((path) => `${from}/${path}`);
  });
  if (missing.length === 0) return;
  const verb = missing.length === 1 ? 'is' : 'are';
  throw new ConfigError(`${layout.config} names what ${verb} not there: ${missing.join(', ')}`, {
    code: 'config.files',
    hint: `Put it there, below the deployment directory, or change ${layout.config}. Nothing was changed.`,
  });
}

/**
 * Refuses files of the operator with which a service would not start, although its configuration check passes.
 *
 * @throws ConfigError naming all that is wrong.
 */
export function refuseBadFiles(
  stack: Pick<Stack, 'bundles'>,
  observed: Pick<ObservedState, 'bundles'>,
): void {
  const issues = fileJudgements(stack, observed).flatMap((judgement) => judgement.issues);
  if (issues.length === 0) return;
  throw new ConfigError(
    `${issues.length === 1 ? 'a file of yours has' : 'files of yours have'} the wrong format`,
    {
      code: 'config.files',
      details: issues,
      hint: 'Correct that, then run the command again. Nothing was changed.',
    },
  );
}

/** The judgements of components about the operator's own files. */
export function fileJudgements(
  { bundles: specs }: Pick<Stack, 'bundles'>,
  { bundles: { wanted } }: Pick<ObservedState, 'bundles'>,
): FileJudgement[] {
  return specs.flatMap(({ name, judge }) => {
    const entries = wanted.find((bundle) => bundle.name === name)?.entries ?? [];
    const texts = entries.flatMap(({ path, content }): [string, string][] =>
      content === undefined ? [] : [[path, Buffer.from(content()).toString()]],
    );
    return judge === undefined ? [] : [judge(new Map(texts))];
  });
}
