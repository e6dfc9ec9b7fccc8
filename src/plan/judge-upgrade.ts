import type { Settings } from '../components/component.ts';
import { gatesBetween, isBelow, isDenied, schemaOf } from '../releases/lookup.ts';
import type { ReleaseName } from '../releases/parts.ts';
import type { ReleaseDocument, UpgradeGate } from '../releases/release-document.ts';
import { compareVersions, versionIn } from '../releases/versions.ts';
import { canGoBackByImage, type DatabaseFacts, type ReleaseFacts } from './migrations.ts';
import type { VersionChange } from './version-changes.ts';

/** Something that the operator must know or do before an upgrade. */
export interface Notice {
  /** The ID by which the operator acknowledges it. */
  readonly id: string;
  readonly text: string;
  readonly remedy: string;
  /** Whether it is settled once the operator knows of it. If not, its remedy must be applied first. */
  readonly canBeAcknowledged: boolean;
}

/** The facts of a deployment that gates depend on. */
export interface Circumstances {
  /** homeserver.yaml, as it will be. */
  readonly homeserver: Settings;
  /** The images that will run, by service. */
  readonly images: Readonly<Record<string, string>>;
}

/**
 * The notices about version changes that are known before any image is pulled: from the versions in the image tags.
 */
export function noticesOfVersions(
  document: ReleaseDocument,
  changes: readonly VersionChange[],
  circumstances: Circumstances,
): Notice[] {
  return changes.flatMap((change) => {
    const part = partOf(document, change.service);
    const to = versionIn(change.to);
    const from = versionIn(change.from);
    if (part === undefined || to === undefined) return [];
    const denied = isDenied(document, part, to);
    const floor = isBelow(document, part, to) ? document.floors[part] : undefined;
    return [
      ...(denied === undefined
        ? []
        : [
            refusal(
              `${part}-denied`,
              `there is no upgrade to ${part} ${to}. ${denied.reason}`,
              'Choose another version.',
            ),
          ]),
      ...(floor === undefined
        ? []
        : [
            refusal(
              `${part}-floor`,
              `${part} ${to} is older than ${floor.version}. ${floor.reason}`,
              'Choose a newer version.',
            ),
          ]),
      ...(part === 'synapse' ? needsOfDatabase(document, to, circumstances) : []),
      ...(from === undefined
        ? []
        : gatesBetween(document, part, from, to)
            .filter((gate) => applies(gate, circumstances) && !isAboutDatabase(document, gate))
            .map(noticeOf)),
    ];
  });
}

/** The notice about background updates that a database must finish before another release uses it. */
export function noticesOfWorks(
  before: ReleaseFacts,
  after: ReleaseFacts,
  { works }: Pick<DatabaseFacts, 'works'>,
): Notice[] {
  const lost = after.unknown.filter((work) => works.includes(work));
  // If the old release cannot use the database afterwards, the new one may rely on the results of all earlier
  // updates.
  const needed = canGoBackByImage(before, after) ? lost : works;
  return needed.length === 0
    ? []
    : [
        {
          id: 'background-updates',
          text: `The database has work in the background that ${after.version} counts on, or does not go on with: ${needed.join(', ')}.`,
          remedy: 'Wait until it is finished: it goes on while the server runs. Then run the command again.',
          canBeAcknowledged: true,
        },
      ];
}

function partOf({ floors }: ReleaseDocument, service: string): ReleaseName | undefined {
  return Object.hasOwn(floors, service) ? (service as ReleaseName) : undefined;
}

function refusal(id: string, text: string, remedy: string): Notice {
  return { id, text, remedy, canBeAcknowledged: false };
}

function noticeOf({ id, text, remedy, must, when }: UpgradeGate): Notice {
  // Only the operator can judge whether a gate without a condition matters to a deployment.
  return { id, text, remedy, canBeAcknowledged: must === 'acknowledge' || when === 'always' };
}

function needsOfDatabase(document: ReleaseDocument, to: string, { images }: Circumstances): Notice[] {
  const needed = schemaOf(document, to)?.postgres;
  const found = versionIn(images.postgres ?? '');
  return needed === undefined || found === undefined || compareVersions(found, needed) >= 0
    ? []
    : [
        refusal(
          'postgres-too-old',
          `Synapse ${to} needs Postgres ${needed} or newer, and postgres.image is ${found}.`,
          'Upgrade Postgres first.',
        ),
      ];
}

/**
 * Whether a gate only says that a release needs a newer Postgres. `needsOfDatabase` judges that from the schema
 * facts.
 */
function isAboutDatabase(
  { synapse: { schema } }: ReleaseDocument,
  { must, when, version }: UpgradeGate,
): boolean {
  const place = schema.findIndex(({ from }) => compareVersions(from, version) === 0);
  return must === 'hold' && when === 'always' && schema[place]?.postgres !== schema[place - 1]?.postgres;
}

function applies({ when, option = '' }: UpgradeGate, { homeserver }: Circumstances): boolean {
  switch (when) {
    case 'always':
      return true;
    case 'override':
      return valueAt(homeserver, option) !== undefined;
    case 'modules':
      return isFilled(homeserver.modules);
    case 'application-services':
      return isFilled(homeserver.app_service_config_files);
    case 'metrics':
      return homeserver.enable_metrics === true;
    case 'workers':
      // This program runs the homeserver as one process, without workers.
      return false;
  }
}

function valueAt(settings: unknown, path: string): unknown {
  return path
    .split('.')
    .reduce<unknown>(
      (value, key) =>
        typeof value === 'object' && value !== null && Object.hasOwn(value, key)
          ? (value as Record<string, unknown>)[key]
          : undefined,
      settings,
    );
}

function isFilled(list: unknown): boolean {
  return Array.isArray(list) && list.length > 0;
}
