import { isObject } from '../../json-object.ts';
import { memoryBytes } from '../options.ts';
import { bytesIn, bytesPerPixel } from './limits.ts';
import type { OverrideIssue } from './overrides.ts';

interface Limits {
  readonly memory: string;
  readonly overrides: Readonly<Record<string, unknown>>;
}

/** The least memory of a cached event, in bytes. An event with text takes more. */
const bytesPerEvent = 2048;

/** Synapse's defaults (synapse/config/cache.py). */
const defaults = { events: '10K', factor: 0.5 };

/** Overrides that let Synapse use more memory than its container has: the kernel would kill it. */
export function memoryIssues({ memory, overrides }: Limits): OverrideIssue[] {
  const limit = memoryBytes(memory);
  const { caches, max_image_pixels: pixels } = overrides;
  const tuning = isObject(caches) ? caches.cache_autotuning : undefined;
  const cache = isObject(tuning) ? tuning.max_cache_memory_usage : undefined;
  const events = eventsInCache(overrides);
  const hint = 'lower it, or raise synapse.memory';
  return [
    ...(isSize(cache) && bytesIn(String(cache)) >= limit
      ? [
          {
            path: ['overrides', 'caches', 'cache_autotuning', 'max_cache_memory_usage'],
            message: `is ${cache}, and the container has ${memory} for all`,
            hint,
          },
        ]
      : []),
    ...(events * bytesPerEvent >= limit
      ? [
          {
            path: ['overrides', 'event_cache_size' in overrides ? 'event_cache_size' : 'caches'],
            message: `lets ${events} events be kept in memory, of at least ${bytesPerEvent} bytes each, and the container has ${memory} for all`,
            hint,
          },
        ]
      : []),
    ...(isSize(pixels) && bytesIn(String(pixels)) * bytesPerPixel >= limit
      ? [
          {
            path: ['overrides', 'max_image_pixels'],
            message: `is ${pixels}, which take ${bytesPerPixel} bytes each, and the container has ${memory} for all`,
            hint,
          },
        ]
      : []),
  ];
}

/**
 * The number of events that Synapse caches. The global factor applies to each cache, of which this one is the
 * largest.
 */
function eventsInCache({ event_cache_size: size, caches }: Limits['overrides']): number {
  const factor = isObject(caches) ? caches.global_factor : undefined;
  const events = bytesIn(isSize(size) ? String(size) : defaults.events);
  return Math.floor(events * (typeof factor === 'number' ? factor : defaults.factor));
}

function isSize(value: unknown): value is string | number {
  return typeof value === 'number' || (typeof value === 'string' && /^\d+[KMGT]?$/.test(value));
}
