import type { Warning } from '../components/warning.ts';
import { parseFound } from './found-yaml.ts';
import type { ObservedState } from './observed-state.ts';
import type { Desired } from './reconcile.ts';

/**
 * What is permanently lost, and when, once the rendered files are written. A file that does not exist yet has nothing
 * to lose.
 */
export function fileLosses(
  { stack, rendering }: Pick<Desired, 'stack' | 'rendering'>,
  { files }: Pick<ObservedState, 'files'>,
): Warning[] {
  return stack.files.flatMap(({ path, losses }) => {
    const before = files[path];
    const after = rendering.files.find((file) => file.path === path)?.text;
    if (losses === undefined || before === undefined || before === after) return [];
    return [...losses(parseFound(before), parseFound(after))];
  });
}
