import { failed, type Judgement, warning } from '../../host/judgement.ts';
import { directoryIn } from '../../host/unit-text.ts';
import type { Watch } from '../certificates/watch.ts';
import type { StatusFinding } from './report.ts';

const makeAgain = 'Make it again: `matrix-deploy certificates watch`.';

/**
 * Units that were made to watch the certificate files and do not is a problem. No units is none: a hook of what renews
 * the files may do the same, and files that have another certificate than is served are a finding of their own.
 *
 * @param wanted the paths that must be watched; `undefined` if the proxy reads no files of the operator's
 */
export function judgeWatch(
  watch: Watch | undefined,
  directory: string,
  wanted: readonly string[] | undefined,
): StatusFinding[] {
  const found = watch === undefined ? [] : judgeUnits(watch, directory, wanted);
  return found.map((judgement) => ({ about: 'certificate', ...judgement }));
}

function judgeUnits(
  { units: [path = ''], idle, paths, command, missing }: Watch,
  directory: string,
  wanted: readonly string[] | undefined,
): Judgement[] {
  if (missing.length > 0) {
    return [failed(`${path} would start what is not there any more: ${missing.join(', ')}`, makeAgain)];
  }
  const other = directoryIn(command);
  // Another deployment of the same server name, such as a copy for a test: its units are not ours to judge.
  if (other !== directory) return [];
  if (wanted === undefined) {
    return [
      warning(
        `${path} watches certificate files, and the proxy serves none`,
        'Remove it: `matrix-deploy certificates watch --remove`.',
      ),
    ];
  }
  if (idle.length > 0)
    return [failed(`the certificate files are not watched: ${idle.join('; ')}`, makeAgain)];
  return wanted.every((one) => paths.includes(one))
    ? []
    : [failed(`${path} watches other files than traefik.certificates names`, makeAgain)];
}
