import * as z from 'zod';
import { dnsName } from '../../identifiers/dns-name.ts';
import { isObject } from '../../json-object.ts';
import { cpusOption, imageOption, memoryOption } from '../options.ts';

type Json = string | number | boolean | null | Json[] | { [key: string]: Json };

/** The section `element` of matrix.yaml. */
export const options = z
  .strictObject({
    host: dnsName(
      'Hostname of the web client, such as chat.example.org. It must differ from that of the homeserver: on a shared hostname, a file that somebody uploads could act as the web client.',
    ),
    image: imageOption('element'),
    memory: memoryOption('64m', '16m'),
    cpus: cpusOption,
    overrides: z
      .record(z.string(), z.json() as z.ZodType<Json>)
      .default({})
      .describe(
        "Options of Element Web's config.json that override the generated ones. The homeserver's address follows from host and server_name.",
      )
      .refine((own) => !('default_server_config' in own || 'default_server_name' in own), {
        message: 'must not name a homeserver: Element Web leads to this one',
      })
      .refine(({ setting_defaults: own }) => own === undefined || isObject(own), {
        message: 'must be a map',
        path: ['setting_defaults'],
      }),
  })
  .describe(
    'Element Web, a client for browsers, on its own hostname: docs/element.md. Absent: no web client.',
  );

export type ElementOptions = z.infer<typeof options>;
