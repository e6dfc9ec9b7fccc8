import * as z from 'zod';
import { localpart } from '../../identifiers/localpart.ts';
import { cpusOption, imageOption, memoryOption } from '../options.ts';

/** The section `heisenbridge` of matrix.yaml. */
export const options = z
  .strictObject({
    owner: localpart(
      'The user who owns the bridge, without @ and server name: tells it which IRC networks there are, and who may use it.',
    ),
    image: imageOption('heisenbridge'),
    memory: memoryOption('192m', '96m'),
    cpus: cpusOption,
  })
  .describe('heisenbridge, a bridge to IRC: docs/heisenbridge.md. Absent: no bridge.');

export type HeisenbridgeOptions = z.infer<typeof options>;
