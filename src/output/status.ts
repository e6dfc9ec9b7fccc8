import type { ServiceHealth } from '../apply/verify.ts';
import { describeDays, type FileSystem } from '../host/health/storage.ts';
import type {
  BackupStatus,
  CertificateStatus,
  StatusFinding,
  StatusReport,
} from '../procedures/status/report.ts';
import { describeDay } from './moments.ts';
import { describeMoment } from './schedule.ts';
import type { Style } from './style.ts';
import { alignColumns, withHeader } from './table.ts';
import { describeBytes } from './wording.ts';

/**
 * The status as one screen: a line for each service, then problems and notes, disk space, certificates and backups,
 * and whether changes are pending.
 */
export function describeStatus(report: StatusReport, style: Style): string[] {
  const { serverName, healthy, pendingChanges, services, findings } = report;
  const problems = services.flatMap((one) =>
    [...one.problems, ...(one.whenDown === null ? [] : [`while it is down, ${one.whenDown}`])].map(
      (problem) => `${one.service}: ${problem}`,
    ),
  );
  const warnings = services.flatMap((one) => warningsOf(one).map((warning) => `${one.service}: ${warning}`));
  const failed = findings.filter(({ verdict }) => verdict === 'failed');
  const others = findings.filter(({ verdict }) => verdict !== 'failed');
  return [
    style.bold(`${serverName}: ${healthy ? 'healthy' : 'unhealthy'}`),
    ...describeServices(services, style),
    ...[...failed.flatMap(describeFinding), ...problems].map((line) => style.red(line)),
    ...[...others.flatMap(describeFinding), ...warnings].map((line) => `note: ${line}`),
    ...describeStorage(report, style),
    ...describeCertificates(report.certificates),
    ...report.backups.flatMap(describeTarget),
    ...(report.nextBackup === null
      ? []
      : [`The next backup begins at ${describeMoment(report.nextBackup)}.`]),
    ...(pendingChanges !== null && pendingChanges > 0
      ? ['Changes are pending: see `matrix-deploy plan`.']
      : []),
  ];
}

/** A line for each day on which certificates expire. */
function describeCertificates(certificates: readonly CertificateStatus[]): string[] {
  const byEnd = new Map<string, CertificateStatus[]>();
  for (const one of certificates) {
    const end = describeDay(one.until);
    byEnd.set(end, [...(byEnd.get(end) ?? []), one]);
  }
  return [...byEnd].map(([end, [first, ...rest]]) => {
    const names = [first, ...rest].map((one) => one?.name).join(', ');
    return `Certificate of ${names}: valid until ${end}, for ${countDays(first?.daysLeft ?? 0)}.`;
  });
}

function countDays(days: number): string {
  if (days < 1) return 'less than a day';
  return days === 1 ? '1 more day' : `${days} more days`;
}

function describeTarget({ path, latest, latestDrill, readBack }: BackupStatus): string[] {
  return [
    ...(latest === null ? [] : [`Latest verified backup: ${latest.set}, in ${path}.`]),
    ...(latest === null || readBack === null
      ? []
      : [
          `Of all that is in ${path}, ${readBack.read} of ${readBack.parts} parts were read back within ${readBack.within}.`,
        ]),
    ...(latestDrill === null
      ? []
      : [`Latest drill: of ${latestDrill.set}, on ${describeDay(latestDrill.at)}.`]),
  ];
}

function describeServices(services: readonly ServiceHealth[], style: Style): string[] {
  const rows = services.map((service) => [
    service.healthy ? 'healthy' : 'UNHEALTHY',
    service.service,
    shortImage(service.image),
    service.status,
  ]);
  const [header = '', ...lines] = alignColumns([['STATUS', 'SERVICE', 'IMAGE', 'CONTAINER'], ...rows]);
  return [
    style.dim(header),
    ...lines.map((line, index) => (services[index]?.healthy ? line : style.red(line))),
  ];
}

/** A digest by its first twelve digits, as Docker shows them. */
function shortImage(image: string): string {
  return image.replace(/sha256:([0-9a-f]{12})[0-9a-f]*/, '$1');
}

function warningsOf({ imageDiffers, image, wantedImage, warnings }: ServiceHealth): string[] {
  const wanted =
    image === wantedImage
      ? `${shortImage(image)} now names another image`
      : `${shortImage(wantedImage)} is wanted`;
  return imageDiffers ? [`it runs ${shortImage(image)}, but ${wanted}`, ...warnings] : [...warnings];
}

function describeFinding({ finding, remedy, details = [] }: StatusFinding): string[] {
  return [[finding, remedy].filter(Boolean).join('. '), ...details.map((line) => `  ${line}`)];
}

function describeStorage({ fileSystems, sizes }: StatusReport, style: Style): string[] {
  if (fileSystems.length === 0) {
    return [];
  }
  const rows = fileSystems.map((fileSystem) => [
    fileSystem.mountPoint,
    describeBytes(fileSystem.totalBytes - fileSystem.freeBytes),
    describeBytes(fileSystem.freeBytes),
    fileSystem.inodes === 0 ? '-' : `${Math.floor((100 * fileSystem.freeInodes) / fileSystem.inodes)} %`,
    describeOutlook(fileSystem),
  ]);
  const grows = Object.entries(sizes).map(([what, bytes]) => `${what} ${describeBytes(bytes)}`);
  return [
    '',
    ...withHeader(['FILE SYSTEM', 'USED', 'FREE', 'FREE INODES', 'FULL'], rows, { style }),
    ...(grows.length === 0 ? [] : [`Of that: ${grows.join(', ')}.`]),
  ];
}

function describeOutlook({ trend }: FileSystem): string {
  if (trend === null) {
    return 'unknown: no history of six hours yet';
  }
  const observed = `at the pace of the last ${describeDays(trend.observedDays)}`;
  return trend.fullInDays === undefined
    ? `not filling, ${observed}`
    : `in ${describeDays(trend.fullInDays)}, ${observed}`;
}
