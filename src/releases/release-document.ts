import * as z from 'zod';
import { type ReleaseName, releaseNames } from './parts.ts';

/** A version as a tag has it: `17`, `v1.163.2`, `0.19.1`. */
const version = z.string().regex(/^v?\d{1,6}(?:\.\d{1,6}){0,3}$/, 'must be a version, such as 1.163.2');

const text = z.string().min(1).max(2000);

const day = z.iso.date();

const digest = z.string().regex(/^sha256:[0-9a-f]{64}$/, 'must be sha256: and 64 hexadecimal digits');

/** An image by its name and tag, with the digests of its platforms as far as they are known. */
const image = z.object({
  image: z.string().regex(/^[a-z0-9][a-z0-9./_:-]{0,254}$/, 'must be the name of an image'),
  tag: z.string().regex(/^\w[\w.-]{0,127}$/, 'must be the tag of an image'),
  digests: z.object({ 'linux/amd64': digest.optional(), 'linux/arm64': digest.optional() }),
});

/** A value for each part of the stack that has an image. */
const ofEachPart = <Value extends z.ZodType>(value: Value) =>
  z.object(Object.fromEntries(releaseNames.map((name) => [name, value])) as Record<ReleaseName, Value>);

const part = z.enum(releaseNames);

const set = z.object({
  name: z.string().regex(/^\d{4}\.\d{2}(?:\.\d{1,3})?$/, 'must be a year and a month, such as 2026.11'),
  images: ofEachPart(image),
});

const gate = z.object({
  id: z.string().regex(/^[a-z0-9][a-z0-9.-]{0,63}$/, 'must be a short name in small letters'),
  part,
  version,
  until: version.optional(),
  when: z.enum(['always', 'override', 'modules', 'application-services', 'workers', 'metrics']),
  option: z
    .string()
    .regex(/^\w+(?:\.\w+)*$/, 'must be a path in homeserver.yaml, such as experimental_features.msc3861')
    .optional(),
  must: z.enum(['hold', 'acknowledge']),
  text,
  remedy: text,
});

const schemaFact = z.object({
  from: version,
  schema: z.int().positive(),
  compat: z.int().positive(),
  postgres: version,
  python: version,
});

/** What is known about versions, as one document. The one that is built in is releases.json. */
export const releaseDocument = z
  .object({
    serial: z.int().positive(),
    issued: day,
    expires: day,
    sets: z.array(set).min(1),
    /** The oldest version of each part that may be chosen, and why no older one may. */
    floors: ofEachPart(z.object({ version, reason: text })),
    denied: z.array(z.object({ part, from: version, to: version, reason: text })),
    gates: z.array(gate),
    synapse: z.object({ schema: z.array(schemaFact).min(1) }),
  })
  .superRefine(({ issued, expires, sets, gates }, context) => {
    if (expires <= issued) context.addIssue(`expires (${expires}) must be after issued (${issued})`);
    for (const name of repeated(sets.map((one) => one.name))) {
      context.addIssue(`two sets are called ${name}`);
    }
    for (const id of repeated(gates.map((one) => one.id))) {
      context.addIssue(`two gates are called ${id}`);
    }
    for (const { id, when, option } of gates) {
      if ((when === 'override') !== (option !== undefined)) {
        context.addIssue(`the gate ${id} must name an option where it is about an override, and only there`);
      }
    }
  });

function repeated(names: readonly string[]): string[] {
  return names.filter((name, index) => names.indexOf(name) !== index);
}

/** What is known about versions. */
export type ReleaseDocument = z.infer<typeof releaseDocument>;

/** Versions that went through all scenarios together. The newest set is the last one. */
export type ReleaseSet = ReleaseDocument['sets'][number];

/** Versions that are never upgraded to, including `from` and `to`. */
export type Denied = ReleaseDocument['denied'][number];

/**
 * A condition of an upgrade of a part to `version` or a later one. `when` says which deployments it concerns;
 * `option` is a path in homeserver.yaml. If `must` is `hold`, the condition must be met before the upgrade; if it is
 * `acknowledge`, the operator must know of it. `until` is present for a fault that a later version has fixed: only
 * upgrades to `until` at most are concerned.
 */
export type UpgradeGate = ReleaseDocument['gates'][number];

/**
 * The facts of Synapse from version `from` on: `schema`, the version of its database schema; `compat`, the schema
 * version that a Synapse must know at least to start with a database that this version has used; and the oldest
 * Postgres and Python that it runs with (element-hq/synapse, synapse/storage/schema/__init__.py, SCHEMA_VERSION and
 * SCHEMA_COMPAT_VERSION; docs/upgrade.md). In ascending order.
 */
export type SchemaFact = ReleaseDocument['synapse']['schema'][number];
