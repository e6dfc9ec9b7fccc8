import type { PartCheck, UpgradeCheck } from '../procedures/upgrade/check.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';

/**
 * What an upgrade would bring: the parts that must be upgraded, then a line for each part, then what would be
 * replaced.
 */
export function describeCheck(check: UpgradeCheck, style: Style): string[] {
  const { parts, set, known } = check;
  const rows = parts.map(({ part, image, tested, newer, trouble }) => [
    part,
    image,
    tested ?? '-',
    trouble === null ? (newer[0]?.tag ?? '-') : 'unknown',
  ]);
  return [
    style.bold(
      parts.some(({ tested }) => tested !== null)
        ? `An upgrade is available: ${set}.`
        : 'There are no newer tested versions.',
    ),
    ...parts.flatMap(({ part, unfit }) =>
      unfit === null ? [] : [style.red(`${part} must be upgraded: ${unfit}`)],
    ),
    ...withHeader(['PART', 'RUNS', 'NEWER, TESTED', 'NEWEST'], rows, { style }),
    ...parts.flatMap(describePart),
    ...describeCost(parts),
    ...(known.isExpired
      ? [
          `note: what is known about versions was valid until ${known.expires}: \`matrix-deploy releases update\`.`,
        ]
      : []),
  ];
}

function describePart({ part, image, newer, tested, rebuilt, gates, trouble }: PartCheck): string[] {
  const [newest] = newer;
  return [
    ...(trouble === null ? [] : [`note: ${part}: ${trouble}`]),
    ...(newest === undefined || newest.testedIn !== null
      ? []
      : [
          newest.denied === null
            ? `note: ${part} ${newest.tag} was not tested with matrix-deploy.`
            : `note: ${part} ${newest.tag} must not be used: ${newest.denied}`,
        ]),
    ...(rebuilt === true && tested === null
      ? [`note: ${image} is another image by now than the one that runs, with the same version in its tag.`]
      : []),
    ...gates.map(({ text, remedy }) => `before it: ${text} ${remedy}`),
  ];
}

function describeCost(parts: readonly PartCheck[]): string[] {
  const services = parts.filter(({ tested }) => tested !== null).flatMap((part) => part.services);
  return services.length === 0
    ? []
    : [`It would replace ${services.join(', ')}. How much is downloaded is not known: nothing was pulled.`];
}
