import { PreflightError } from '../../errors.ts';
import { parseMemory } from '../../host/health/memory.ts';
import { amountOf } from '../../host/health/storage.ts';
import type { Machine } from '../../host/machine.ts';

/**
 * Bytes that the copy of a small server uses; a larger one uses more. If memory runs out, the kernel kills it first.
 */
const leastMemory = 400e6;

/**
 * Refuses a copy that would take memory that the server needs. A host that does not report its memory is accepted.
 *
 * @throws PreflightError
 */
export async function refuseShort({ readFile }: Pick<Machine, 'readFile'>): Promise<void> {
  const memory = parseMemory((await readFile('/proc/meminfo')) ?? '', undefined);
  if (memory !== undefined && memory.availableBytes < leastMemory) {
    throw new PreflightError('there is no memory for a copy of the server', {
      code: 'preflight.memory',
      details: [
        `about ${amountOf(leastMemory)} are needed, and ${amountOf(memory.availableBytes)} are available`,
      ],
      hint: 'Nothing was done. Free some, or restore the backup on another host: `matrix-deploy restore`.',
    });
  }
}
