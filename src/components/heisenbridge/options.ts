import * as z from 'zod';
import { localpart } from '../../identifiers/localpart.ts';
import { cpusOption, imageOption, memoryOption } from '../options.ts';

/** The section `heisenbridge` of matrix.yaml. */
export const options = z
  .strictObject({
    owner: localpart(
      'Local name of the user who owns the bridge, without @ and server name. The owner adds IRC networks and decides who may use the bridge.',
    ),
    image: imageOption('heisenbridge'),
    memory: memoryOption('192m', '96m'),
    cpus: cpusOption,
  })
  .describe('heisenbridge, a bridge to IRC: docs/heisenbridge.md. Absent: no bridge.');

export type HeisenbridgeOptions = z.infer<typeof options>;
