import * as z from 'zod';
import { cpusOption, imageOption, memoryOption } from '../options.ts';
import { memoryIssues } from './memory.ts';
import { checkOverrides } from './overrides.ts';
import { ownedOptions } from './owned-options.ts';
import { policyIssues } from './policy.ts';
import { policyOptions } from './policy-options.ts';

/** The section `synapse` of matrix.yaml. */
export const options = z
  .strictObject({
    image: imageOption('synapse'),
    memory: memoryOption('2g', '256m'),
    cpus: cpusOption,
    max_upload_size: z
      .string()
      .regex(/^[1-9][0-9]*[KMG]$/, 'must be a size such as 50M')
      .default('50M')
      .describe('Largest file that a user may upload, in K, M or G bytes.'),
    presence: z
      .boolean()
      .default(false)
      .describe('Show who is online. Uses much processor time on a small server.'),
    registration: z
      .enum(['closed', 'token'])
      .default('closed')
      .describe(
        'Who can register an account: nobody (closed), or people with a token from `matrix-deploy tokens` (token).',
      ),
    ...policyOptions,
    backup_remote_media: z
      .boolean()
      .default(false)
      .describe(
        'Also back up copies of media from other servers. If they are not backed up, they are fetched again on demand while their servers still have them.',
      ),
    log_level: z
      .enum(['DEBUG', 'INFO', 'WARNING', 'ERROR'])
      .default('INFO')
      .describe("Verbosity of the homeserver's log."),
    overrides: z
      .record(z.string(), z.json())
      .superRefine((overrides, context) => {
        for (const issue of checkOverrides(overrides, ownedOptions)) {
          // The hint is computed when it is read.
          context.addIssue({ code: 'custom', path: [...issue.path], message: issue.message, params: issue });
        }
      })
      .default({})
      .describe(
        "Options of Synapse's homeserver.yaml that override the generated ones. Synapse checks them before anything restarts. Options that matrix-deploy manages are refused. Instead of a secret write { from_secret: NAME }, and set it with `matrix-deploy secrets set NAME`. Put your own files into synapse/extra, which Synapse sees as /conf/extra.",
      ),
  })
  .superRefine((chosen, context) => {
    for (const { path, message, hint } of [...memoryIssues(chosen), ...policyIssues(chosen)]) {
      context.addIssue({ code: 'custom', path: [...path], message, params: { hint } });
    }
  })
  .describe('The homeserver.');

export type SynapseOptions = z.infer<typeof options>;
