import * as z from 'zod';
import type { ConfigIssue } from './issue.ts';
import { parseYamlFile } from './yaml-file.ts';

const name = z.string().min(1, 'must not be empty').max(255, 'must have at most 255 characters');
const topic = z.string().max(1000, 'must have at most 1000 characters').optional();
const alias = z
  .string()
  .regex(
    /^[a-z0-9._=-]{1,60}$/,
    'must be 1 to 60 small letters, digits and . _ = -, without # and server name, such as lobby',
  );

const groupSchema = z.strictObject({
  name: name.describe('What the space is called.'),
  alias: alias.describe('How it is found: rowing for #rowing:example.org.'),
  topic: topic.describe('What it is about.'),
  open_to: z
    .enum(['this-server', 'every-server'])
    .default('this-server')
    .describe('Servers whose users may be members. It cannot be changed later.'),
  rooms: z
    .array(z.strictObject({ name, alias, topic }))
    .min(1, 'must have at least one room')
    .max(50, 'must have at most 50 rooms'),
});

/** A space with its rooms, as a file describes them. */
export type Group = z.output<typeof groupSchema>;

/**
 * Parses the file of a group.
 *
 * @param file the file name in errors
 * @throws ConfigError with one line for every issue.
 */
export function parseGroup(text: string, file: string): Group {
  return parseYamlFile(text, { name: file, schema: groupSchema, rules: [aliasesDiffer] });
}

function aliasesDiffer({ alias, rooms }: Group): ConfigIssue[] {
  const taken = new Set([alias]);
  return rooms.flatMap((room, index) => {
    if (!taken.has(room.alias)) {
      taken.add(room.alias);
      return [];
    }
    return [
      { path: ['rooms', index, 'alias'], message: `is ${room.alias} a second time: each needs its own` },
    ];
  });
}
