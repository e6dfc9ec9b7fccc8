import type { KnownReleases } from '../procedures/releases/known.ts';
import type { ReleasesUpdate } from '../procedures/releases/update.ts';
import type { ReleaseSet } from '../releases/release-document.ts';
import type { Style } from './style.ts';
import { withHeader } from './table.ts';

/** What is known about versions: the sets as a table, the newest first. */
export function describeReleases(known: KnownReleases, style: Style): string[] {
  const { document, source, isExpired, unused } = known;
  const { serial, issued, expires, sets, floors, denied } = document;
  return [
    style.bold(
      `Release document ${serial}, ${source === 'fetched' ? 'fetched' : 'part of this program'}: of ${issued}, valid until ${expires}`,
    ),
    ...(isExpired
      ? [
          `note: it is older than it should be. Get a newer one (\`matrix-deploy releases update\`), or a newer version of matrix-deploy.`,
        ]
      : []),
    ...(unused === null ? [] : [`note: the document that was fetched is not used: ${unused}`]),
    '',
    ...withHeader(
      ['TESTED TOGETHER', 'SYNAPSE', 'POSTGRES', 'TRAEFIK', 'RESTIC'],
      sets.toReversed().map(rowOf),
      { style },
    ),
    '',
    ...Object.entries(floors).map(
      ([part, { version, reason }]) => `${part}: nothing older than ${version}. ${reason}`,
    ),
    ...denied.map(({ part, from, to, reason }) => `${part}: not ${from} to ${to}. ${reason}`),
  ];
}

function rowOf({ name, images: { synapse, postgres, traefik, restic } }: ReleaseSet): string[] {
  return [name, ...[synapse, postgres, traefik, restic].map(({ tag }) => tag)];
}

/** Whether an update has brought a newer release document. */
export function describeUpdate({ changed, document, comment }: ReleasesUpdate): string[] {
  const { serial, issued, expires } = document;
  const about = `document ${serial} of ${issued}, valid until ${expires} (signed: ${comment})`;
  return [changed ? `Known from now on: ${about}.` : `Nothing is newer: ${about} is known already.`];
}
