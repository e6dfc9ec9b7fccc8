import type { ListedSecret } from '../procedures/secrets.ts';
import { alignColumns, type Table, withHeader } from './table.ts';
import { countOf } from './wording.ts';

/** One line for each secret, without its value. */
export function describeSecrets(
  secrets: readonly ListedSecret[],
  { now, style }: Pick<Table, 'now' | 'style'>,
): string[] {
  if (secrets.length === 0) return ['There are no secrets.'];
  const rows = secrets.map(({ name, kind, usedBy, setAt, rotatedWith }) => [
    name,
    kind === 'given' ? 'you' : 'generated',
    setAt === undefined ? 'not set' : describeAge(now.getTime() - setAt.getTime()),
    describeRotation(name, kind, rotatedWith),
    usedBy.length === 0 ? '-' : usedBy.join(', '),
  ]);
  const unset = secrets.filter(({ setAt }) => setAt === undefined);
  return [
    ...withHeader(['SECRET', 'FROM', 'AGE', 'ROTATE', 'USED BY'], rows, { style }),
    ...alignColumns(unset.map(({ name }) => [`Not set yet: \`matrix-deploy secrets set ${name}\``])),
  ];
}

function describeRotation(name: string, kind: ListedSecret['kind'], rotatedWith: string | undefined): string {
  if (kind === 'given') return 'set another';
  if (rotatedWith === undefined) return '-';
  return rotatedWith === name ? 'yes' : `with ${rotatedWith}`;
}

/** How long ago something was, in its largest unit: `3 days`. */
function describeAge(milliseconds: number): string {
  const units = [
    ['day', 86_400_000],
    ['hour', 3_600_000],
    ['minute', 60_000],
  ] as const;
  const [unit, length] = units.find(([, size]) => milliseconds >= size) ?? ['second', 1000];
  return countOf(Math.max(0, Math.floor(milliseconds / length)), unit);
}
